// Takes the photo wall; gives it filters, search, photos that are dropped on it, and how far the work is.

import { $, ask, element, inspecting, say } from "./api.js";
import { folder } from "./folder.js";
import { Plan } from "./plan.js";

const wall = $("wall"), filters = $("filters"), drop = $("drop");
const AT_ONCE = 3, PIECE = 8 * 1024 * 1024;
const plan = new Plan(wall);
const waiting = [];
let running = 0, bytes = 0, done = 0, photos = 0, finished = 0;

function show() {
  const kind = new FormData(filters).get("show"), find = $("find").value.trim().toLowerCase();
  const top = scrollY;
  wall.hidden = true; // thousands of cards that go one by one out of a laid out wall take seconds
  void wall.offsetHeight;
  for (const card of wall.children) {
    card.hidden = (kind !== "all" && !card.classList.contains(kind)) || !card.dataset.name.includes(find);
  }
  wall.hidden = false;
  scrollTo(0, top);
  plan.draw();
}

function count() {
  for (const place of filters.querySelectorAll("[data-count]")) {
    const kind = place.dataset.count;
    const n = kind === "all" ? wall.children.length : wall.getElementsByClassName(kind).length;
    place.textContent = n;
    place.closest("label").classList.toggle("empty", n === 0);
  }
}

async function refresh() {
  const page = await (await fetch("/")).text();
  const fresh = new DOMParser().parseFromString(page, "text/html");
  wall.replaceChildren(...fresh.getElementById("wall").children);
  const exceeds = $("exceeds");
  exceeds.hidden = fresh.getElementById("exceeds").hidden;
  if (exceeds.hidden && exceeds.control.checked) filters.elements.show.value = "all";
  document.querySelector(".none")?.remove();
  count();
  show();
}

let last = "";

async function work() {
  try {
    const progress = await ask("/api/progress"), { done: ready, waiting: queued, failed, preparing, stopped } = progress;
    const why = stopped && element("b", { class: "bad", text: `The inspection has stopped and is tried again. ${stopped}` });
    $("work").replaceChildren(why || (queued ? inspecting(progress) : ready + failed ? "All photos are inspected." : ""));
    $("again").hidden = !failed;
    $("again").textContent = `Try ${failed === 1 ? "the photo that was" : `the ${failed} photos that were`} not inspected again`;
    const now = [ready, queued, failed, preparing].join();
    if (last && now !== last) await refresh();
    last = now;
    setTimeout(work, queued || running ? 1500 : 5000);
  } catch (error) {
    say(error.message, { bad: true });
    setTimeout(work, 5000);
  }
}

function tell() {
  $("uploads").hidden = !photos;
  $("uploads-bar").value = bytes ? done / bytes : 0;
  $("uploads-said").textContent = finished === photos ? `${photos} put in` : `${finished} of ${photos} put in`;
}

function refused(name, why) {
  $("refused").hidden = false;
  $("refused").append(element("li", { text: why.startsWith(name) ? why : `${name}: ${why}` }));
}

function next() {
  while (running < AT_ONCE && waiting.length) {
    running += 1;
    send(waiting.shift());
  }
}

function send(file) {
  let sent = 0;
  const ended = (why) => {
    done += file.size - sent;
    running -= 1;
    finished += 1;
    if (why) refused(file.name, why);
    tell();
    next();
  };
  const upload = new tus.Upload(file, {
    endpoint: "/api/uploads",
    chunkSize: PIECE,
    retryDelays: [0, 1000, 3000, 10000, 30000, 60000],
    metadata: { filename: file.name },
    removeFingerprintOnSuccess: true,
    onShouldRetry: (error) => {
      const status = error.originalResponse ? error.originalResponse.getStatus() : 0;
      return status === 0 || status === 409 || (status >= 500 && status !== 507);
    },
    onProgress: (now) => {
      done += now - sent;
      sent = now;
      tell();
    },
    onSuccess: () => ended(),
    onError: (error) => {
      let why = error.message;
      try {
        why = JSON.parse(error.originalResponse.getBody()).error;
      } catch { /* the line broke: the library's own words */ }
      ended(why);
    },
  });
  upload.findPreviousUploads().then((before) => {
    if (before.length) upload.resumeFromPreviousUpload(before[0]);
    upload.start();
  });
}

function put(files) {
  for (const file of files) {
    if (file.name.startsWith(".")) continue;
    waiting.push(file);
    bytes += file.size;
    photos += 1;
  }
  tell();
  next();
}

function read(entry) {
  if (entry.isFile) return new Promise((give) => entry.file((file) => give([file]), () => give([])));
  const reader = entry.createReader(), found = [];
  return new Promise((give) => {
    const more = () => reader.readEntries(async (entries) => {
      if (!entries.length) return give((await Promise.all(found.map(read))).flat());
      found.push(...entries);
      more();
    }, () => give([]));
    more();
  });
}

for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", name === "dragenter" || name === "dragover");
  });
}
document.addEventListener("drop", async (event) => {
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  put(entries.length ? (await Promise.all(entries.map(read))).flat() : event.dataTransfer.files);
});
$("files").addEventListener("change", () => put($("files").files));
window.addEventListener("beforeunload", (event) => {
  if (running || waiting.length) event.preventDefault();
});
$("again").addEventListener("click", async () => {
  try {
    await ask("/api/inspections", { method: "POST", body: {} });
    $("again").hidden = true;
    await refresh();
  } catch (error) {
    say(error.message, { bad: true });
  }
});
filters.addEventListener("input", show);
filters.addEventListener("submit", (event) => event.preventDefault());
count();
plan.draw();
work();
if ($("from")) folder();
