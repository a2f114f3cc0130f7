// @ts-check
/**
 * A model that a view lacks is fetched, and the view is measured once it is there.
 *
 * @import { MountedView } from "../view/mounted"
 * @import { Panels } from "../view/panels"
 * @import { Service } from "../parts"
 */
import { whole } from "../../kit/numbers/format.js";
import { html } from "../../vendor/lit.js";

/** Milliseconds between two questions how far it is. */
const AGAIN = 500;

/**
 * @param {string} model
 * @param {object} page
 * @param {Service} page.server
 * @param {(note: unknown) => void} page.note in place of the picture
 * @param {() => boolean} page.here whether somebody still looks
 * @param {() => void} page.again the view is asked for anew
 */
async function fetchModel(model, { server, note, here, again }) {
  let answer = await server.call("fetch_model", { name: model });
  while (answer.kind === "fetch" && !answer.over) {
    if (here()) note(going(model, answer));
    await new Promise((done) => setTimeout(done, AGAIN));
    answer = await server.call("fetch_model", { name: model });
  }
  if (answer.kind === "fetch") return again();
  const anew = () => fetchModel(model, { server, note, here, again });
  note(html`
    <div class="pbody state-note" role="alert">
      <p>${answer.message}</p>
      <p class="hint">${answer.hint}</p>
      <button class="btn" type="button" @click=${anew}>Try again</button>
    </div>`);
}

/**
 * For a view of a panel on the page.
 * @param {string} model
 * @param {MountedView} mounted
 * @param {Panels} panels
 */
export function fetchFor(model, mounted, panels) {
  const server = panels.light?.server;
  if (!server) return;
  fetchModel(model, {
    server,
    note: (below) => mounted.frame.note({ below }),
    here: () => panels.mounted.includes(mounted),
    again: () => panels.measure(mounted.view.name, true),
  });
}

/** @param {string} model @param {import("../parts").Said} answer */
function going(model, { stage, done = 0, total = 0 }) {
  const share = total > 0 ? (100 * done) / total : 0;
  return html`
    <div class="pbody state-note" role="status">
      <p>Fetching ${model}. ${stage}${total > 1 ? ` ${whole(done)} of ${whole(total)}` : ""}</p>
      <div class="meter"><i style="width:${share}%"></i></div>
    </div>`;
}
