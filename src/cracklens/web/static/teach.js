// Takes the page Teach; gives a fit begun and watched, a detector put to use, and a promise asked for.

import { $, ask, inspecting, left, say } from "./api.js";

let version = Number(document.querySelector("main").dataset.version);

const refused = (error) => say(error.status === 409 ? `${error.message} Load this page again.` : error.message, { bad: true });

const WHAT = { "": "It begins.", read: "Photos are read again", fit: "The detector is fitted" };

function shown(fit) {
  $("fitting").hidden = !fit.running;
  $("fit").disabled = fit.running;
  $("error").hidden = !fit.error;
  $("error").textContent = fit.error;
  if (!fit.running) return;
  $("bar").value = fit.of ? fit.done / fit.of : 0;
  $("far").textContent = fit.of ? `${WHAT[fit.what]}: ${Math.round((100 * fit.done) / fit.of)} %${left(fit.seconds_left)}` : WHAT[""];
}

async function watch() {
  try {
    const fit = await ask("/api/teach/progress");
    shown(fit);
    if (fit.detector) return location.reload();
    if (fit.running) setTimeout(watch, 500);
  } catch (error) {
    say(error.message, { bad: true });
    setTimeout(watch, 5000);
  }
}

$("fit").addEventListener("click", async () => {
  $("fit").disabled = true;
  try {
    shown(await ask("/api/teach", { method: "POST" }));
    watch();
  } catch (error) {
    shown({ running: error.status === 409, error: error.message, done: 0, of: 0 });
    if (error.status === 409) watch();
  }
});

for (const button of document.querySelectorAll("[data-detector]")) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await ask("/api/detector", { method: "PUT", body: { detector: button.dataset.detector, version } });
      location.reload();
    } catch (error) {
      refused(error);
      button.disabled = false;
    }
  });
}

$("leave")?.addEventListener("click", () => {
  $("choice").hidden = true;
  say("Nothing was changed. It stays in the list of detectors.");
});

async function promise() {
  const form = new FormData($("promise")), share = (name) => Number(form.get(name)) / 100;
  try {
    const { said, holds, threshold } = await ask(`/api/promise?recall=${share("recall")}&confidence=${share("confidence")}`);
    $("answer").textContent = said;
    $("answer").hidden = false;
    $("answer").className = holds === "now" ? "good" : "notice";
    $("lower").hidden = holds !== "lower";
    if (holds !== "lower") return;
    $("lower").textContent = `Set the threshold to ${threshold.toFixed(3)}`;
    $("lower").dataset.threshold = threshold;
  } catch (error) {
    say(error.message, { bad: true });
  }
}

$("promise").addEventListener("submit", (event) => {
  event.preventDefault();
  promise();
});

$("lower").addEventListener("click", async () => {
  try {
    ({ version } = await ask("/api/threshold", { method: "PUT", body: { threshold: Number($("lower").dataset.threshold), version } }));
    say("The threshold is set for all photos.");
    await promise();
  } catch (error) {
    refused(error);
  }
});

async function work() {
  try {
    const progress = await ask("/api/progress");
    $("work").textContent = progress.waiting ? `${inspecting(progress)}. A promise is of what is inspected so far.` : "";
    if (progress.waiting) setTimeout(work, 1500);
  } catch (error) {
    say(error.message, { bad: true });
  }
}

work();
if (!$("fitting").hidden) watch();
