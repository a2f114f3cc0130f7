// @ts-check
/**
 * The tokenizers that are compared: each can be left out and taken in again, moved, or ordered by what it makes of the
 * text.
 *
 * @import { TokenizersLanes } from "../../../types/tokenization"
 * @import { Context } from "./lanes.js"
 */
import { control } from "../../../kit/controls/declared.js";
import { select } from "../../../kit/controls/select.js";
import { EMPTY } from "../../../kit/controls/typed.js";
import { whole } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";

/** @param {TokenizersLanes} data @param {Context} ctx */
export function chooser(data, ctx) {
  const chosen = chosenOf(data, ctx);
  const rest = data.lineup.filter((each) => !chosen.includes(each.name));
  const all = [...chosen.map((name) => data.lineup.find((each) => each.name === name)), ...rest].filter(
    (each) => each !== undefined,
  );
  return html`
    <div class="lineup">
      <div class="chips" role="group" aria-label="Tokenizers, in their order; Shift with an arrow key moves one">
        ${all.map((each) => {
          const on = chosen.includes(each.name);
          return html`
            <button class="chip" type="button" aria-pressed=${on} title="${each.kind}, used by ${each.owner}"
              @click=${() => set(ctx, on ? chosen.filter((name) => name !== each.name) : [...chosen, each.name])}
              @keydown=${(/** @type {KeyboardEvent} */ event) =>
                moved(event, each.name, chosen, ctx)}>${each.title}</button>`;
        })}
      </div>
      ${select({
        label: "Order",
        choices: [
          ["chosen", "as chosen"],
          ["tokens", "fewest tokens first"],
          ["size", "smallest vocabulary first"],
        ],
        chosen: ctx.kept.sort ?? "chosen",
        choose: (sort) => ctx.keep({ sort }),
      })}
      ${room(data, ctx)}
    </div>`;
}

/** @param {TokenizersLanes} data @param {Context} ctx */
function chosenOf({ lineup, chosen }, { controls }) {
  if (!controls.lineup) return chosen;
  const known = lineup.map((each) => each.name);
  return [...new Set(String(controls.lineup).split(","))].filter((name) => known.includes(name));
}

/** @param {Context} ctx @param {string[]} names */
const set = (ctx, names) => ctx.control("lineup", names.join(",") || EMPTY);

/**
 * Shift with an arrow key moves a tokenizer before or behind its neighbour.
 * @param {KeyboardEvent} event
 * @param {string} name
 * @param {string[]} chosen
 * @param {Context} ctx
 */
function moved(event, name, chosen, ctx) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const at = chosen.indexOf(name);
  if (!event.shiftKey || step === undefined || at < 0) return;
  event.preventDefault();
  const order = chosen.filter((each) => each !== name);
  order.splice(Math.max(0, Math.min(order.length, at + step)), 0, name);
  ctx.keep({ sort: "chosen" });
  set(ctx, order);
}

/** Room for so many tokens: a model's own context, or any number. @param {TokenizersLanes} data @param {Context} ctx */
function room({ lineup }, ctx) {
  const now = Number(ctx.controls.room);
  const lengths = [...new Set(lineup.map((each) => each.context))].filter(Boolean).sort((one, other) => one - other);
  const owners = (/** @type {number} */ length) =>
    lineup
      .filter((each) => each.context === length)
      .map((each) => each.owner)
      .join(", ");
  return html`
    <div class="room">
      ${control(ctx, "room")}
      ${control(ctx, "room", {
        as: "select",
        label: "tokens, as in",
        choices: [
          ["", "…"],
          ...lengths.map(
            (length) => /** @type {[number, string]} */ ([length, `${owners(length)} (${whole(length)})`]),
          ),
        ],
        value: lengths.includes(now) ? now : "",
      })}
    </div>`;
}
