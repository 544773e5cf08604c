// Takes the keys and clicks of who goes through photos; gives decisions to the server and the next photo at once.

import { $, ask, element, inTurn, say, stayFor } from "./api.js";
import { Choice } from "./choice.js";
import { Dates, withDate } from "./dates.js";
import { crack as drawCrack, heat, look, nearest, scene, stateClass, stateOf } from "./drawing.js";
import { Hand } from "./hand.js";
import { READY, Stage } from "./stage.js";

const ABOUT = ["severity", "element", "note"];
const main = document.querySelector("main");
const order = main.dataset.order ? main.dataset.order.split(",").map(Number) : [];
const stage = new Stage($("stage"), $("scene"));
const views = new Map();
let at = Math.max(order.indexOf(Number(main.dataset.photo)), 0);
let view = null, chosen = null, lost = null, held = [], away = 0;
const choice = new Choice($("ruler-form"));
const dated = "dated" in main.dataset;
const dates = new Dates(stage, (of) => (of.crack ? pick(of.crack) : view.lost.includes(of) && chooseLost(of, { zoom: false })));
const hand = new Hand(stage, {
  photo: () => view.photo.id,
  chosen: () => chosen,
  pxPerMm: () => view.px_per_mm,
  nearest: (at) => nearest(view, at, 14 / stage.scale),
  change: (work) => change(work),
  again: (photo, id) => again(photo, id),
  scaled: (points) => {
    held = points;
    $("ruler").returnValue = ""; // Esc leaves what the last one was closed with
    $("ruler").showModal();
    $("mm").focus();
  },
});

// Whether another photo is on its way, or this one is read again: what is not on the screen yet is not decided on.
const leaving = () => away > 0 || view?.photo.id !== order[at];

const inspected = (of) => of.photo.state === "inspected";

const load = (id) => {
  if (!views.has(id)) {
    const asked = [ask(`/api/photos/${id}`), dated ? ask(`/api/photos/${id}/earlier`) : null];
    const made = Promise.all(asked).then(([of, earlier]) => withDate(of, earlier));
    views.set(id, made);
    made.then((of) => inspected(of) || views.delete(id), () => views.delete(id)); // its cracks may come any moment
  }
  return views.get(id);
};

async function open(index, { fresh = false, stay = false } = {}) {
  if (index < 0 || index >= order.length) {
    say(index < 0 ? "This is the first photo." : "This was the last photo.");
    return;
  }
  if (!stay && hand.unkept()) return;
  if (!stay || hand.of) hand.drop();
  at = index;
  const id = order[at];
  if (fresh) views.delete(id);
  delete document.body.dataset.shown;
  away += 1;
  try {
    await show(id, stay);
  } catch (error) {
    if (!stay) failed(error);
    if (order[at] === id && view) at = Math.max(order.indexOf(view.photo.id), 0);
  } finally {
    away -= 1;
  }
}

async function show(id, stay) {
  const loaded = await load(id);
  if (order[at] !== id) return;
  view = loaded;
  if (!stay) [chosen, lost] = [null, null];
  history.replaceState(null, "", `/photos/${id}`);
  document.title = `${view.photo.name} · cracklens`;
  $("which").textContent = `${at + 1} / ${order.length}  ${view.photo.name}`;
  draw();
  if (view.tiles) {
    if (!stay || stage.shown?.id !== id) await stage.show(id, loaded);
    if (order[at] !== id) return;
    document.body.dataset.shown = id;
    bothDates(dates.show(loaded));
  } else {
    stage.none();
    say("The tiles of this photo are still being made.");
  }
  prepare();
}

// Read a photo again if it is still the one that is shown, and choose a line of it; another one once it is looked at.
async function again(photo, id) {
  views.delete(photo);
  if (view.photo.id !== photo || order[at] !== photo) return;
  await open(at, { fresh: true, stay: true });
  pick(id);
}

// Do what changes something, once what was begun before is done; what is then not sure is read again.
const change = (work) => inTurn(async () => {
  const on = view, id = (chosen || lost)?.id;
  try {
    return await work();
  } catch (error) {
    if ([404, 409, undefined].includes(error.status)) await again(on.photo.id, id);
    say(error.message, { bad: true });
    return undefined;
  }
});

function prepare() {
  const near = [at, ...Array.from({ length: READY }, (_, i) => at + 1 + i), at - 1];
  const ids = near.map((i) => order[i]).filter((id) => id !== undefined);
  stage.keep(ids);
  for (const id of ids) load(id).then((ready) => ready.tiles && stage.add(id, ready)).catch(() => {});
  for (const id of views.keys()) if (!ids.includes(id)) views.delete(id);
}

function draw() {
  $("scene").replaceChildren(...(view.tiles ? scene(view) : []));
  layers();
  $("threshold").value = view.threshold;
  $("threshold-keep").hidden = true;
  $("threshold-said").textContent = Number(view.threshold).toFixed(2);
  $("facts").replaceChildren(...view.facts.map((text) => element("li", { text })));
  $("done").checked = view.photo.reviewed;
  said();
  list();
  hand.show();
  const same = (all, one) => one && all.find((of) => of.id === one.id);
  const gone = same(view.lost, lost), first = same(view.cracks, chosen) || nextOpen() || view.cracks[0];
  if (gone || (!first && view.lost.length)) chooseLost(gone || view.lost[0], { zoom: false });
  else choose(first || null, { zoom: false });
}

function pick(id) {
  const found = view.cracks.find((of) => of.id === id), gone = view.lost.find((of) => of.id === id);
  if (found) choose(found, { zoom: false });
  else if (gone) chooseLost(gone, { zoom: false });
}

function scaleTo(form) {
  const of = view;
  return change(async () => {
    const body = { ...form, version: of.version };
    const { photos, px_per_mm: scale } = await ask(`/api/photos/${of.photo.id}/scale`, { method: "PUT", body });
    views.clear();
    await again(of.photo.id, chosen?.id);
    say(scale ? `${scale.toPrecision(3)} px per mm, for ${photos} ${photos === 1 ? "photo" : "photos"}.` : "The scale was taken away.");
  });
}

function discard() {
  if (leaving()) return undefined;
  if (!chosen?.by_hand) return say("Only what was drawn by hand is deleted; reject what was traced.");
  const of = chosen, photo = view.photo.id;
  return change(async () => {
    await ask(`/api/cracks/${of.id}?version=${of.version}`, { method: "DELETE" });
    await again(photo);
    say("Deleted.");
  });
}

function layers() {
  for (const box of document.querySelectorAll("[data-layer]")) {
    for (const id of ["scene", "earlier-scene"]) $(id).classList.toggle(`no-${box.dataset.layer}`, !box.checked);
  }
}

function list() {
  const listed = view.cracks.filter((of) => of.listed || of.decision !== "open" || of.by_hand);
  const left = listed.filter((of) => of.decision === "open").length;
  const none = inspected(view) ? "No crack was traced" : "Not inspected yet";
  $("cracks-head").textContent = listed.length ? `Cracks: ${left ? `${left} of ${listed.length} to decide` : "all decided"}` : none;
  $("cracks").replaceChildren(...listed.map(row), ...view.lost.map(lostRow));
}

function lostRow(of) {
  const button = element("button", { type: "button", class: `lost ${stateClass(of.state)}`, "data-id": of.id, "aria-current": lost?.id === of.id ? "true" : null },
    element("b", { text: of.width[0] }), element("span", { text: of.length[0] }), element("em", { text: of.told }));
  button.addEventListener("click", () => chooseLost(of));
  return element("li", {}, button);
}

function row(of) {
  const said = of.decision === "rejected" ? `rejected: ${of.reason}` : of.decision === "confirmed" ? "confirmed" : of.certainty;
  const button = element("button", { type: "button", class: look(of), "data-id": of.id, "aria-current": chosen?.id === of.id ? "true" : null },
    element("b", { text: of.width }), element("span", { text: of.length }), element("i", { text: said + (of.by_hand ? ", drawn" : "") + (of.second_look ? ", second look" : "") }));
  if (stateOf(of)) button.append(element("em", { text: of.change.told }));
  button.addEventListener("click", () => choose(of, { zoom: true }));
  return element("li", {}, button);
}

function mark(of) {
  for (const node of document.querySelectorAll(".chosen")) node.classList.remove("chosen");
  for (const node of $("cracks").querySelectorAll("button")) node.toggleAttribute("aria-current", node.dataset.id === of?.id);
  $("one").hidden = !chosen;
  $("lost").hidden = !lost;
  if (!of) return;
  for (const node of document.querySelectorAll(`.drawn [data-id="${of.id}"], .drawn [data-change="${of.id}"]`)) node.classList.add("chosen");
  $("cracks").querySelector(`[data-id="${of.id}"]`)?.scrollIntoView({ block: "nearest" });
}

function chooseLost(of, { zoom = true } = {}) {
  [chosen, lost] = [null, of];
  mark(of);
  const size = `${of.length[0]} long, ${of.width[0]} wide at the earlier date`;
  const by = of.said_at ? ` Said${of.said_by ? ` by ${of.said_by}` : ""}, ${of.said_at.slice(0, 10)}.` : "";
  $("lost-told").textContent = `${of.state}: ${[size, ...(of.state === "GONE" ? of.notes : [])].join("; ")}.${by}`;
  if (zoom || !stage.sees(of.box_xyxy)) stage.zoomTo(of.box_xyxy);
}

function sayOf(why) {
  if (!lost || leaving()) return undefined;
  const of = view, { id } = lost;
  return change(async () => {
    const { version } = of.lost.find((one) => one.id === id);
    await ask(`/api/changes/${id}/said`, { method: "POST", body: { said: why, version } });
    withDate(of, await ask(`/api/photos/${of.photo.id}/earlier`));
    if (of !== view) return;
    dates.draw(of);
    list();
    if (lost?.id === id) pick(id);
    say(why === "repaired" ? "Repaired." : why ? "Not visible any more." : "GONE again.");
  });
}

function choose(of, { zoom = true } = {}) {
  if (hand.of && hand.of.id !== of?.id) hand.drop();
  [chosen, lost] = [of, null];
  mark(of);
  if (!of) return;
  const compared = of.guide && of.decision !== "rejected" && (of.decision === "confirmed" || of.certainty !== "doubtful");
  $("guide").hidden = !compared;
  $("guide-said").textContent = of.guide;
  $("guide-said").classList.toggle("over", of.exceeds_guide);
  $("remarks").replaceChildren(...of.remarks.map((text) => element("li", { text })));
  said();
  if (zoom || !stage.sees(of.box_xyxy)) stage.zoomTo(of.box_xyxy);
}

function changed(of) {
  document.querySelector(`#scene [data-id="${of.id}"]`)?.replaceWith(drawCrack(of));
  list();
}

// Decide on the chosen crack. A second key before the first one is answered is of the crack that comes next.
function decide(decision, reason = "") {
  if (!chosen || leaving()) return undefined;
  const on = view, pressed = chosen;
  return change(async () => {
    const of = (on === view && chosen) || pressed;
    const { version } = await ask(`/api/cracks/${of.id}/decision`, { method: "POST", body: { decision, reason, version: of.version } });
    Object.assign(of, { decision, reason, version, second_look: false });
    say(decision === "open" ? "Open again." : decision === "confirmed" ? "Confirmed." : `Rejected: ${reason}.`);
    if (on !== view) return;
    changed(of);
    if (chosen === of) choose((decision !== "open" && !$("one").contains(document.activeElement?.closest(FIELD)) && nextOpen()) || of, { zoom: false });
  });
}

const nextOpen = () => view.cracks.find((of) => of.listed && of.decision === "open");

function failed(error) { say(error.message, { bad: true }); }

let told = [];

// Show what was said of the chosen crack and of the photo; what is being typed of the same one stays, unless given up.
function said({ giveUp = false } = {}) {
  const before = told;
  told = [chosen?.id, view.photo.id];
  const put = (field, text, same) => { if (giveUp || !same || field !== document.activeElement) field.value = text; };
  for (const name of ABOUT) put($(name), chosen?.[name] ?? "", before[0] === told[0]);
  for (const name of ["element", "note"]) put($(`photo-${name}`), view[name], before[1] === told[1]);
}

const describe = (of, path, name, field) => {
  const text = field.value, value = text.trim(), what = [...told];
  return change(async () => {
    if (of[name] === value) return;
    try {
      const { version } = await ask(path, { method: "PATCH", body: { about: { [name]: value }, version: of.version } });
      Object.assign(of, { [name]: value, version });
      say("Kept.");
    } catch (error) {
      await again(what[1], what[0]);
      if (told.join() === what.join()) field.value = text; // Enter in the field sends it again
      throw Object.assign(error, { status: 0 });
    }
  });
};

// Say that the photo was gone through, or is to be looked at again; gives whether that was kept.
async function done(is) {
  const of = view;
  const kept = !leaving() && await change(async () => {
    const { version } = await ask(`/api/photos/${of.photo.id}/done?version=${of.version}`, { method: is ? "PUT" : "DELETE" });
    Object.assign(of, { version, photo: { ...of.photo, reviewed: is } });
    return true;
  });
  $("done").checked = view.photo.reviewed;
  return kept;
}

async function goneThrough() {
  if (leaving() || hand.unkept()) return;
  const next = at + 1, kept = done(true);
  away += 1;
  const onward = await kept;
  away -= 1;
  if (onward) await open(next);
}

function takeBack(path) {
  if (leaving() || hand.unkept()) return undefined;
  return change(async () => {
    const { photo } = await ask(path, { method: "POST" });
    const index = order.indexOf(photo);
    views.clear(); // a scale is of many photos
    await open(index < 0 ? at : index, { fresh: true });
    say(path.endsWith("undo") ? "Undone." : "Done again.");
  });
}

function step(by) {
  const listed = view.cracks.filter((of) => of.listed || of.decision !== "open" || of.by_hand);
  const every = [...listed, ...view.lost];
  if (!every.length) return;
  const next = every[(every.indexOf(chosen || lost) + by + every.length) % every.length];
  if (view.lost.includes(next)) chooseLost(next, { zoom: false });
  else choose(next, { zoom: false });
}

function showDates() {
  if (!dated) say("This project has no earlier date yet; the page of the report says how it gets one.");
  else bothDates(dates.toggle(view));
}

function bothDates(shown) {
  shown.then(() => mark(chosen || lost)).catch(failed);
}

function toggle(name) {
  const box = document.querySelector(`[data-layer="${name}"]`);
  box.checked = !box.checked;
  layers();
}

const reasons = [...document.querySelectorAll("[data-reason]")].map((of) => of.dataset.reason);
const keys = {
  c: () => decide("confirmed"),
  o: () => (lost ? sayOf("") : decide("open")),
  a: () => showDates(),
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  ArrowRight: () => open(at + 1),
  ArrowLeft: () => open(at - 1),
  " ": () => goneThrough(),
  d: () => hand.draw(),
  s: () => hand.scale(),
  l: () => hand.measure(),
  x: () => hand.cut(),
  g: () => hand.join(),
  v: () => hand.move(),
  b: () => hand.thin(),
  y: () => chosen && $("severity").focus(),
  e: () => (chosen ? $("element") : $("photo-element")).focus(),
  n: () => (chosen ? $("note") : $("photo-note")).focus(),
  Escape: () => hand.drop(),
  Enter: () => hand.keep(),
  Backspace: () => hand.busy && hand.back(),
  Delete: () => discard(),
  u: () => takeBack("/api/undo"),
  r: () => takeBack("/api/redo"),
  z: () => (chosen || lost) && stage.zoomTo((chosen || lost).box_xyxy),
  f: () => stage.whole(),
  t: () => toggle("traces"),
  w: () => toggle("widths"),
  h: () => toggle("heat"),
  m: () => toggle("map"),
  j: () => toggle("rejected"),
  p: () => toggle("places"),
  "?": () => { const help = document.querySelector("details"); help.open = !help.open; },
};

const FIELD = "input:not([type=checkbox], [type=range]), textarea, select";
const REPEATED = /^(Arrow|Backspace)/, OF_A_SLIDER = /^(Arrow|Home|End|Page)/, OF_THE_SHOWN = new Set("dsxgvbyen");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !view) return;
  if (event.target.type === "range" && OF_A_SLIDER.test(event.key)) return;
  const field = event.target.closest(FIELD);
  if (field && event.key === "Escape") said({ giveUp: true });
  if (field && (event.key === "Escape" || (event.key === "Enter" && !event.shiftKey))) field.blur();
  if (field) return;
  if (document.querySelector("dialog[open]")) return;
  if ([" ", "Enter"].includes(event.key) && !hand.busy && event.target.closest("button, input, summary")) return;
  const reason = /^[1-8]$/.test(event.key) ? reasons[Number(event.key) - 1] : null;
  const act = reason ? () => (lost ? { 1: () => sayOf("repaired"), 2: () => sayOf("not visible") }[event.key]?.() : decide("rejected", reason)) : keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  if (event.repeat && !REPEATED.test(event.key)) return; // a key that is held decides once
  if (OF_THE_SHOWN.has(event.key.toLowerCase()) && leaving()) return;
  act();
});

// Who clicks goes on by keys: what was clicked does not keep them.
document.addEventListener("click", ({ detail }) => setTimeout(() => {
  const on = document.activeElement;
  if (detail && on.matches("button, summary, input[type=checkbox], input[type=range]") && !on.closest("dialog")) on.blur();
}));

stage.viewer.addHandler("canvas-click", (event) => {
  if (!event.quick || !view || !stage.shown || leaving()) return;
  if (hand.busy) {
    hand.click(stage.px(event.position));
    return;
  }
  const found = nearest(view, stage.px(event.position), 12 / stage.scale);
  if (found) choose(found, { zoom: false });
});
$("before").addEventListener("click", keys.ArrowLeft);
$("after").addEventListener("click", keys.ArrowRight);
$("confirm").addEventListener("click", keys.c);
$("reopen").addEventListener("click", keys.o);
for (const name of ["draw", "scale", "measure", "cut", "join", "move", "thin"]) $(name).addEventListener("click", () => leaving() || hand[name]());
$("dates").addEventListener("click", showDates);
for (const button of document.querySelectorAll("[data-said]")) button.addEventListener("click", () => sayOf(button.dataset.said));
$("discard").addEventListener("click", discard);
$("ruler").addEventListener("close", () => {
  const how = $("ruler").returnValue;
  if (how === "set") scaleTo({ points: held, mm: Number($("mm").value), photos: new FormData($("ruler-form")).get("photos"), chosen: choice.chosen() });
  if (how === "none") scaleTo({});
  hand.drop();
});
$("undo").addEventListener("click", keys.u);
$("redo").addEventListener("click", keys.r);
$("done").addEventListener("change", () => done($("done").checked));
for (const button of document.querySelectorAll("[data-reason]")) button.addEventListener("click", () => decide("rejected", button.dataset.reason));
for (const event of ["change", "focusout"]) {
  for (const name of ABOUT) $(name).addEventListener(event, () => chosen && describe(chosen, `/api/cracks/${chosen.id}`, name, $(name)));
  for (const name of ["element", "note"]) $(`photo-${name}`).addEventListener(event, () => view && describe(view, `/api/photos/${view.photo.id}`, name, $(`photo-${name}`)));
}
for (const box of document.querySelectorAll("[data-layer]")) box.addEventListener("change", layers);
$("threshold-keep").addEventListener("click", () => {
  const of = view, threshold = Number($("threshold").value);
  change(async () => {
    await ask("/api/threshold", { method: "PUT", body: { threshold, version: of.project_version } });
    views.clear();
    await again(of.photo.id, chosen?.id);
    say("Kept for all photos; their order follows.");
  });
});
$("threshold").addEventListener("input", () => {
  const threshold = Number($("threshold").value);
  $("threshold-keep").hidden = threshold === view.threshold;
  $("threshold-said").textContent = threshold.toFixed(2);
  document.querySelector('[data-layer="heat"]').checked = true;
  layers();
  document.querySelector("#scene .heat").replaceChildren(...heat(view, threshold));
});

stayFor(() => hand.line);
open(at);
