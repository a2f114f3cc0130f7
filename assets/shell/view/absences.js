// @ts-check
/**
 * What several views of a panel lack alike is said once, above them.
 *
 * @import { MountedView } from "./mounted"
 */
import { asset } from "../../kit/asset.js";
import { html, nothing, render } from "../../vendor/lit.js";
import { tag } from "./proofs.js";

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
  const { message = "", offer, recorded } = shared[0].entry?.absent ?? {};
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
      }
      ${all && recorded ? picture(shared[0].panel.name, recorded) : nothing}`,
    bar,
  );
  if (!found) stage.prepend(bar);
}

/**
 * What the panel shows of a model that has what this one lacks: kept of a real run.
 * @param {string} panel
 * @param {string} query of that run
 */
function picture(panel, query) {
  const parts = new URLSearchParams(query);
  const at = (/** @type {string} */ theme) => asset(`recorded/pictures/${panel}.${theme}.png`).href;
  const image = (/** @type {string} */ theme) => html`
    <img class=${theme} loading="lazy" src=${at(theme)}
      alt="The panel ${panel} on a recorded run of ${parts.get("model")}" />`;
  return html`
    <figure class="recorded-picture">
      <figcaption>
        ${tag("RECORDED")} This panel on a run of ${parts.get("model")}: “${parts.get("text")}”.
        <a href="?${query}&panel=${panel}">Open that run</a>
      </figcaption>
      ${image("light")} ${image("dark")}
    </figure>`;
}

/** @param {import("../protocol").Absent | undefined} one @param {import("../protocol").Absent | undefined} other */
const alike = (one, other) =>
  one?.offer !== undefined && one.offer === other?.offer && one.message === other.message && one.hint === other.hint;
