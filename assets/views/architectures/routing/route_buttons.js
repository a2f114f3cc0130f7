// @ts-check
/**
 * The selected token's experts layer by layer, as buttons that select the layer.
 *
 * @import { RoutingMatrix } from "../../../types/architectures"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Chosen } from "./routes.js"
 * @import { Visit } from "./wording.js"
 */
import { token } from "../../../kit/text/tokens.js";
import { html } from "../../../vendor/lit.js";
import { visitsOf } from "./routes.js";
import { NAMED, plainWords, share } from "./wording.js";

/** Layers up to which the word has room. */
const WORDS = 8;

/**
 * @param {RoutingMatrix} data
 * @param {ViewContext<any>} ctx
 * @param {Chosen} chosen
 */
export function routeButtons(data, ctx, { row: on, position }) {
  const word = data.layers.length > WORDS ? "L" : "Block ";
  return html`
    <h3 class="sub3">Experts of ${token(ctx.run.ids[position])} <small>number: the router’s weight</small></h3>
    <div class="routes" role="group" aria-label="Experts of the selected token and their weights, by block">
      ${data.layers.map((layer, row) => {
        const visits = visitsOf(data, row, position);
        const select = () => ctx.select({ layer, expert: null });
        return html`
          <button type="button" class="route" aria-pressed=${row === on} aria-label=${called(visits, `${word}${layer}`)}
            @click=${select}>
            <span class="layer" aria-hidden="true">${word}${layer}</span>
            ${visits
              .slice(0, NAMED)
              .map(([expert, weight]) => html`<span aria-hidden="true"><b>${expert}</b> ${share(weight)}</span> `)}
            ${visits.length > NAMED ? html`<span aria-hidden="true">+${visits.length - NAMED}</span>` : ""}
            ${visits.length ? "" : html`<span aria-hidden="true">none</span>`}
          </button>`;
      })}
    </div>`;
}

/**
 * What is written on the button, then in words.
 * @param {Visit[]} visits
 * @param {string} name
 */
function called(visits, name) {
  const written = visits.slice(0, NAMED).map(([expert, weight]) => `${expert} ${share(weight)}`);
  const more = visits.length > NAMED ? [`+${visits.length - NAMED}`] : [];
  return `${[name, ...written, ...more, ...(visits.length ? [] : ["none"])].join(" ")}: ${plainWords(visits)}`;
}
