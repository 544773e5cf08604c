// Takes the page of the report; gives its cover kept, its draft made, its signature drawn and sent.

import { $, ask, inTurn, say } from "./api.js";

const pad = $("pad"), ink = pad.getContext("2d");
let drawn = false;

async function watched(work) {
  $("making").hidden = false;
  let going = true;
  const watch = async () => {
    while (going) {
      const { done, of } = await ask("/api/report/progress").catch(() => ({ done: 0, of: 0 }));
      if (of) {
        $("bar").value = done / of;
        $("far").textContent = `${done} of ${of} photos`;
      }
      await new Promise((give) => setTimeout(give, 400));
    }
  };
  watch();
  try {
    return await work();
  } finally {
    going = false;
    $("making").hidden = true;
  }
}

const seen = Number(document.querySelector("main").dataset.seen);
let version = Number(document.querySelector("main").dataset.version);

const keep = (path, method, body) => inTurn(async () => {
  try {
    ({ version } = await ask(path, { method, body: { ...body, version } }));
    say("Kept.");
  } catch (error) {
    say(error.status === 409 ? `${error.message} Load this page again.` : error.message, { bad: true });
  }
});

$("about").addEventListener("change", ({ target }) => keep("/api/project", "PATCH", { about: { [target.name]: target.value } }));
$("lists").addEventListener("change", ({ target }) => keep("/api/lists", "PUT", { [target.name]: target.value.split("\n") }));
$("about").addEventListener("submit", (event) => event.preventDefault());

$("make").addEventListener("click", async () => {
  $("make").disabled = true;
  try {
    await watched(() => ask("/api/report", { method: "POST", patient: true }));
    $("files").hidden = false;
    say("The report is made.");
  } catch (error) {
    say(error.message, { bad: true });
  } finally {
    $("make").disabled = false;
  }
});

const at = (event) => {
  const box = pad.getBoundingClientRect();
  return [((event.clientX - box.left) * pad.width) / box.width, ((event.clientY - box.top) * pad.height) / box.height];
};
pad.addEventListener("pointerdown", (event) => {
  pad.setPointerCapture(event.pointerId);
  ink.lineWidth = 5;
  ink.lineCap = ink.lineJoin = "round";
  ink.strokeStyle = "#10105a";
  ink.beginPath();
  ink.moveTo(...at(event));
  drawn = true;
});
pad.addEventListener("pointermove", (event) => {
  if (!pad.hasPointerCapture(event.pointerId)) return;
  ink.lineTo(...at(event));
  ink.stroke();
});
$("wipe").addEventListener("click", () => {
  ink.clearRect(0, 0, pad.width, pad.height);
  drawn = false;
});

$("sign").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.submitter, form = Object.fromEntries(new FormData($("sign")));
  button.disabled = true;
  try {
    await watched(() => ask("/api/signatures", { method: "POST", patient: true, body: { ...form, seen, drawn: drawn ? pad.toDataURL("image/png") : "" } }));
    location.reload();
  } catch (error) {
    say(error.message, { bad: true });
    button.disabled = false;
  }
});
