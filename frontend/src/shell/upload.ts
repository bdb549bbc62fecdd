// Sends a chosen file to the node in slices, so that a broken-off one goes on, then submits the form with its id.

const SLICE = 1 << 20;
const PATIENCE = 5;

interface Upload { id: string; offset: number; size: number }

export function watchUploads(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-upload]")) {
    form.addEventListener("submit", (event) => {
      const chosen = form.querySelector<HTMLInputElement>('input[type="file"]');
      const held = form.querySelector<HTMLInputElement>('input[name="upload"]');
      const file = chosen?.files?.[0];
      if (!file || !held || held.value) return;
      event.preventDefault();
      const button = form.querySelector<HTMLButtonElement>("button.primary");
      if (button) button.disabled = true;
      send(form, file)
        .then((id) => { held.value = id; form.requestSubmit(); })
        .catch((error: unknown) => say(form, error instanceof Error ? error.message : form.dataset["failed"] ?? ""))
        .finally(() => { if (button) button.disabled = false; });
    });
  }
}

async function send(form: HTMLFormElement, file: File): Promise<string> {
  let upload = await ask<Upload>(form, "POST", "/api/v1/uploads", JSON.stringify({ name: file.name, size: file.size }));
  let tries = 0;
  while (upload.offset < file.size) {
    const slice = file.slice(upload.offset, upload.offset + SLICE);
    try {
      upload = await ask<Upload>(form, "PUT", `/api/v1/uploads/${upload.id}?offset=${upload.offset}`, slice);
      tries = 0;
    } catch (error) {
      if (error instanceof Refused || ++tries > PATIENCE) throw error;
      await new Promise((again) => window.setTimeout(again, 1000 * tries));
      upload = await ask<Upload>(form, "GET", `/api/v1/uploads/${upload.id}`);
    }
    say(form, `${form.dataset["sending"] ?? ""}: ${Math.floor((100 * upload.offset) / file.size)} %`);
  }
  return upload.id;
}

class Refused extends Error {}

async function ask<T>(form: HTMLFormElement, method: string, path: string, body?: BodyInit): Promise<T> {
  const csrf = form.querySelector<HTMLInputElement>('input[name="csrf"]')?.value ?? "";
  const type = typeof body === "string" ? "application/json" : "application/octet-stream";
  const headers = { "x-csrf-token": csrf, ...(body === undefined ? {} : { "content-type": type }) };
  const answer = await fetch(path, { method, headers, ...(body === undefined ? {} : { body }) });
  if (!answer.ok) {
    const said = (await answer.json()) as { message?: string; code?: string };
    throw new Refused(`${said.message ?? answer.statusText} (${said.code ?? answer.status})`);
  }
  return (await answer.json()) as T;
}

function say(form: HTMLFormElement, words: string): void {
  const place = form.querySelector("#upload-progress");
  if (place) place.textContent = words;
}
