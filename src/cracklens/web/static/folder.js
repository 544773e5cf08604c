// Takes the name of a folder on the machine that serves; gives how far its photos are put in. Reads no file itself.

import { $, ask, element, say } from "./api.js";

const EVERY_MS = 700;

function tell({ folder, running, done, files, n_refused: missed, refused, error }) {
  $("from-far").hidden = false;
  $("from-bar").hidden = !running;
  if (files) $("from-bar").value = done / files;
  else $("from-bar").removeAttribute("value");
  const ended = missed ? `${done - missed} of ${done} files of ${folder} put in, ${missed} refused.` : `${done} of ${files} photos of ${folder} put in.`;
  $("from-said").textContent = running ? `${done} of ${files || "…"} files of ${folder}` : error || ended;
  $("from-go").disabled = running;
  const rows = refused.map((of) => element("li", { text: `${of.name}: ${of.reason.startsWith(`${of.name}: `) ? of.reason.slice(of.name.length + 2) : of.reason}` }));
  if (missed > refused.length) rows.push(element("li", { text: `and ${missed - refused.length} more` }));
  $("from-refused").replaceChildren(...rows);
  $("from-refused").hidden = !missed;
}

async function watch(state) {
  tell(state);
  if (!state.running) return;
  setTimeout(async () => {
    try {
      await watch(await ask("/api/folders/progress"));
    } catch (error) {
      say(error.message, { bad: true });
    }
  }, EVERY_MS);
}

export async function folder() {
  $("from").addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await watch(await ask("/api/folders", { method: "POST", body: { folder: $("folder").value } }));
    } catch (error) {
      say(error.message, { bad: true });
    }
  });
  const state = await ask("/api/folders/progress").catch(() => ({ running: false }));
  if (state.running) watch(state);
}
