// @ts-check

/**
 * The page's dialog of that id, made when it is first asked for.
 * @param {string} id
 * @param {{ label?: string, labelledBy?: string }} name
 */
export function dialog(id, { label, labelledBy }) {
  const found = /** @type {HTMLDialogElement | null} */ (document.getElementById(id));
  if (found) return found;
  const made = Object.assign(document.createElement("dialog"), { id });
  if (label) made.setAttribute("aria-label", label);
  if (labelledBy) made.setAttribute("aria-labelledby", labelledBy);
  made.addEventListener("click", (event) => {
    if (event.target === made && outside(made, event)) made.close();
  });
  return document.body.appendChild(made);
}

/** Whether a press was beside it, on what lies behind. @param {HTMLElement} element @param {MouseEvent} event */
function outside(element, { clientX, clientY }) {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  return clientX < left || clientX > right || clientY < top || clientY > bottom;
}
