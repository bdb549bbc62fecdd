// The frame's script: htmx for fragments, keys, clocks, live notices. Every page works without it.
import "htmx.org";
import { runClocks } from "./shell/clocks.ts";
import { listenToKeys } from "./shell/keys.ts";
import { listenLive } from "./shell/live.ts";
import { showPictures } from "./shell/pictures.ts";
import { watchRequests } from "./shell/requests.ts";
import { watchUploads } from "./shell/upload.ts";

runClocks();
listenToKeys();
listenLive();
showPictures();
watchRequests();
watchUploads();
