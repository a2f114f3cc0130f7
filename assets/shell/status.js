// @ts-check
/**
 * The line of status. While a run is on screen it stands in the line above its tokens, so that nothing below moves;
 * before the first one it stands where the picture will be.
 *
 * @import { Status } from "./protocol"
 */
import { whole } from "../kit/format.js";
import { html, nothing, render } from "../vendor/lit.js";

/** Actions that leave the pictures as they are. */
const QUIET = ["views", "look"];

const line = () => document.querySelector("#pinned .runline");
const stage = () => document.getElementById("stage");

/** @param {boolean} bare no run is on the page */
function place(bare) {
  const found = document.getElementById("runstate");
  if (found?.classList.contains("first") === bare) return found;
  hideStatus(); // it moves into the line above the tokens
  const box = Object.assign(document.createElement("div"), { id: "runstate", className: "runstate" });
  box.setAttribute("role", "status");
  box.setAttribute("aria-live", "polite");
  const above = line();
  if (bare || !above) {
    box.classList.add("first");
    stage()?.before(box);
  } else {
    above.prepend(box);
    above.classList.add("busy");
  }
  return box;
}

/** @param {Status} status */
function counted({ done, total, unit }) {
  return total > 1 ? ` ${whole(Math.min(done, total))} of ${whole(total)}${unit ? ` ${unit}` : ""}` : "";
}

/**
 * @param {Status} status
 * @param {{ stop?: () => void, bare: boolean }} options
 */
export function showStatus(status, { stop, bare }) {
  const pressed = () => {
    hideStatus();
    stop?.();
  };
  const share = status.total > 0 ? Math.max(3, (100 * status.done) / status.total) : 8;
  render(
    html`
      <div class="statline">
        <span class="stattext">${status.stage}${counted(status)}${status.after ?? ""}</span>
        ${stop ? html`<button class="btn ghost" type="button" @click=${pressed}>Stop</button>` : nothing}
      </div>
      <div class="meter"><i style="width:${share}%"></i></div>`,
    place(bare),
  );
  if (!QUIET.includes(status.action ?? "")) stage()?.classList.add("dim");
}

export function hideStatus() {
  document.getElementById("runstate")?.remove();
  line()?.classList.remove("busy");
  stage()?.classList.remove("dim");
}
