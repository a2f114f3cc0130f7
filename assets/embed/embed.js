// @ts-check
/**
 * `?embed=1`: one panel in another site's frame. The page's head loads this; what is left out is a matter of style, and
 * at the foot stands the way to the whole page.
 */
import { asset } from "../kit/asset.js";
import { html, nothing, render } from "../vendor/lit.js";

const root = document.documentElement;
root.dataset.embed = "1";
document.head.append(
  Object.assign(document.createElement("link"), {
    rel: "stylesheet",
    href: asset("embed/embed.css").href,
  }),
);

/** @typedef {{ store: import("../shell/store").Store, link: () => string }} Shown */

/** The whole page at the same place. @param {Shown} page */
const whole = ({ link }) => link().replace(/&embed=1/g, "");

/** @param {HTMLElement} foot @param {Shown} page */
function draw(foot, page) {
  const { run } = page.store;
  const press = (/** @type {Event} */ event) => {
    /** @type {HTMLAnchorElement} */ (event.currentTarget).href = whole(page); // as the page stands now
  };
  render(
    html`
      <span>LLM Internals Explorer${run ? ` · ${run.model.title}` : nothing}</span>
      ${run ? html`<span class="asked">“${run.text}”</span>` : nothing}
      <a class="btn" href=${whole(page)} target="_blank" rel="noopener" @click=${press}>Open in the explorer</a>`,
    foot,
  );
}

/** @type {Promise<any>} */ (/** @type {any} */ (window).explorerReady).then((/** @type {Shown} */ page) => {
  const foot = document.body.appendChild(Object.assign(document.createElement("footer"), { id: "foot" }));
  draw(foot, page);
  page.store.on((what) => ["run", "panel"].includes(what) && draw(foot, page));
});
