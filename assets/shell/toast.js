// @ts-check
/** One short sentence at the foot of the page, for a moment. */
const SHOWN = 2600;
/** @type {number | undefined} */
let timer;

function place() {
  const found = document.getElementById("toast");
  if (found) return found;
  const made = Object.assign(document.createElement("div"), { id: "toast", className: "toast", hidden: true });
  made.setAttribute("role", "status");
  made.setAttribute("aria-live", "polite");
  return document.body.appendChild(made);
}

/** @param {string} text */
export function toast(text) {
  const box = place();
  box.textContent = text;
  box.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => {
    box.hidden = true;
  }, SHOWN);
}
