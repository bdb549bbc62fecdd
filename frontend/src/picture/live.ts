// The connection to the own node's live feed: reconnects with growing pauses, and says what state it is in.

import { decodeFrame, FeedError, parseLegend, type GoneFrame, type Legend, type RowsFrame } from "./feed.ts";

export interface FeedEvents {
  legend(legend: Legend): void;
  rows(frame: RowsFrame): void;
  gone(frame: GoneFrame): void;
  state(connected: boolean, sinceMs: number, refused: boolean): void;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** The node closes with this code when nobody is signed in any more. */
const SIGNED_OUT = 4401;

export function follow(address: string, events: FeedEvents): void {
  let pause = FIRST_PAUSE_MS;
  const open = (): void => {
    const socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => {
      pause = FIRST_PAUSE_MS;
      events.state(true, Date.now(), false);
    });
    socket.addEventListener("message", (message: MessageEvent<ArrayBuffer | string>) => {
      try {
        if (typeof message.data === "string") return events.legend(parseLegend(message.data));
        const frame = decodeFrame(message.data);
        if (frame.kind === 1) events.rows(frame);
        else events.gone(frame);
      } catch (error) {
        // A frame that cannot be read means another version of the node: begin again with a fresh legend.
        if (!(error instanceof FeedError || error instanceof SyntaxError)) throw error;
        socket.close();
      }
    });
    socket.addEventListener("close", (closed) => {
      events.state(false, Date.now(), closed.code === SIGNED_OUT);
      setTimeout(open, pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    });
  };
  open();
}
