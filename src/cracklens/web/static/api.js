// Takes what a page asks of the server; gives the answer, or says why there is none. Knows no page.

const PATIENCE_MS = 60_000;

// patient: the answer may take many minutes.
export async function ask(path, { method = "GET", body, patient = false } = {}) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: patient ? undefined : AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    const unknown = method === "GET" ? "" : " Whether this was kept is not known: look again once it answers.";
    throw new Error(`The workbench does not answer. Is \`cracklens serve\` still running?${unknown}`);
  }
  if (!answer.ok) {
    const said = await answer.json().catch(() => ({}));
    const error = new Error(said.error || `The workbench answered ${answer.status}. Nothing was changed.`);
    error.status = answer.status;
    throw error;
  }
  return answer.status === 204 ? null : answer.json();
}

let last = Promise.resolve(), turns = 0;

// Do one thing after the other: what is sent next has the version that the one before made.
export function inTurn(work) {
  turns += 1;
  last = last.then(work, work).finally(() => { turns -= 1; });
  return last;
}

// Ask before a page is left whose changes are still on their way, or that holds something unsaid.
export function stayFor(unsaid = () => false) {
  window.addEventListener("beforeunload", (event) => { if (turns || unsaid()) event.preventDefault(); });
}

let gone;

export function say(text, { bad = false } = {}) {
  const place = document.getElementById("said");
  place.textContent = text;
  place.classList.toggle("bad", bad);
  place.classList.add("shown");
  clearTimeout(gone);
  gone = setTimeout(() => place.classList.remove("shown"), bad ? 9000 : 2500);
}

export const $ = (id) => document.getElementById(id);

export function element(name, { text, ...attributes } = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false && value != null) made.setAttribute(key, value === true ? "" : value);
  }
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

export function left(seconds) {
  if (seconds == null) return "";
  if (seconds < 90) return `, about ${Math.max(1, Math.round(seconds))} s left`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `, about ${minutes} min left` : `, about ${(minutes / 60).toFixed(1)} h left`;
}

export const inspecting = ({ done, waiting, failed, seconds_left: seconds }) =>
  `Inspecting: ${done + failed} of ${done + waiting + failed} photos${left(seconds)}`;
