// Takes the page of the report; gives its cover kept, its draft made, its signature drawn and sent.

import { $, ask, say } from "./api.js";

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

$("about").addEventListener("change", async (event) => {
  try {
    await ask("/api/project", { method: "PATCH", body: { about: { [event.target.name]: event.target.value } } });
    say("Kept.");
  } catch (error) {
    say(error.message, { bad: true });
  }
});
$("lists").addEventListener("change", async ({ target }) => {
  try {
    await ask("/api/lists", { method: "PUT", body: { [target.name]: target.value.split("\n") } });
    say("Kept.");
  } catch (error) {
    say(error.message, { bad: true });
  }
});
$("about").addEventListener("submit", (event) => event.preventDefault());

$("make").addEventListener("click", async () => {
  $("make").disabled = true;
  try {
    await watched(() => ask("/api/report", { method: "POST" }));
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
    await watched(() => ask("/api/signatures", { method: "POST", body: { ...form, drawn: drawn ? pad.toDataURL("image/png") : "" } }));
    location.reload();
  } catch (error) {
    say(error.message, { bad: true });
    button.disabled = false;
  }
});
