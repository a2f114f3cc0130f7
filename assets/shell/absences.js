// @ts-check
/**
 * What several views of a panel lack alike is said once, above them.
 *
 * @import { MountedView } from "./mounted"
 */
import { html, nothing, render } from "../vendor/lit.js";

/**
 * @param {HTMLElement} stage
 * @param {MountedView[]} mounted
 */
export function shareAbsences(stage, mounted) {
  const lacking = mounted.filter(({ entry, before }) => entry?.absent && !before);
  const same = lacking.filter(({ entry }) => alike(entry?.absent, lacking[0].entry?.absent));
  const shared = same.length > 1 ? same : [];
  for (const each of mounted) each.hush(shared.includes(each));
  const found = document.getElementById("lacking");
  if (!shared.length) return found?.remove();
  const bar = found ?? Object.assign(document.createElement("div"), { id: "lacking", className: "again" });
  bar.setAttribute("role", "status");
  const { message = "", offer } = shared[0].entry?.absent ?? {};
  const all = shared.length === mounted.length;
  const of = all
    ? "This panel needs another model."
    : `${shared.length} of ${mounted.length} views need another model.`;
  render(
    html`
      <span>${message} ${of}</span>
      ${
        offer
          ? html`<button class="btn" type="button" @click=${() => shared[0].open(offer)}>Open ${offer}</button>`
          : nothing
      }`,
    bar,
  );
  if (!found) stage.prepend(bar);
}

/** @param {import("./protocol").Absent | undefined} one @param {import("./protocol").Absent | undefined} other */
const alike = (one, other) =>
  one?.offer !== undefined && one.offer === other?.offer && one.message === other.message && one.hint === other.hint;
