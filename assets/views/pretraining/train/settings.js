// @ts-check
/**
 * What a run is made of, as it is set: shape, text, optimizer; and a text of one's own.
 *
 * @import { ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { select } from "../../../kit/controls/select.js";
import { counted, whole } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";

/** Bytes that are read of a file at all; a server may take fewer. */
const MOST = 500_000;
const OWN = "text-";
const SHELF = /** @type {const} */ ([
  ["passages", "passages of six kinds"],
  ["texts", "the shelf’s six texts"],
]);
const MODEL = ["layers", "width", "heads", "kv_heads", "experts", "vocabulary"];
const READS = ["rows", "context", "seed"];
const STEPS = ["schedule", "warmup", "decay", "weight_decay", "clip"];

/** @typedef {{ own?: { name: string, title: string }, typed?: string, cut?: string }} Own */

/**
 * The settings of both views; a run has more.
 * @param {ViewContext<any, any>} ctx
 * @param {boolean} [run]
 */
export function settings(ctx, run = true) {
  const lists = (/** @type {string[]} */ names) => names.map((name) => control(ctx, name, { as: "select" }));
  const left = ctx.controls.schedule === "wsd" ? STEPS : STEPS.filter((name) => name !== "decay");
  return html`
    <div class="settings-row">
      ${texts(ctx)} ${lists(["layers", "width", "optimizer"])}
      ${run ? [control(ctx, "rate", { as: "select" }), control(ctx, "steps", { as: "select" })] : nothing}
    </div>
    <details class="more">
      <summary>All settings</summary>
      <div class="settings-row">${lists(MODEL.slice(2))}</div>
      <div class="settings-row">${lists(READS.slice(0, 2))} ${control(ctx, "seed")}</div>
      ${run ? html`<div class="settings-row">${lists(left)} ${control(ctx, "leave", { as: "select" })}</div>` : nothing}
    </details>
    ${run ? ownText(ctx) : nothing}`;
}

/** @param {ViewContext<any, any>} ctx */
function texts(ctx) {
  const chosen = String(ctx.controls.text);
  const own = /** @type {Own} */ (ctx.kept).own;
  /** @type {[string, string][]} */
  const choices = SHELF.map(([name, title]) => [name, title]);
  for (const name of new Set([own?.name, chosen.startsWith(OWN) ? chosen : undefined]))
    if (name) choices.push([name, own?.name === name ? own.title : "a text of one’s own"]);
  return select({ label: "Text", choices, chosen, choose: (name) => ctx.control("text", name) });
}

/** @param {ViewContext<any, any>} ctx */
function ownText(ctx) {
  if (ctx.recorded) return nothing;
  const { typed = "", cut } = /** @type {Own} */ (ctx.kept);
  const written = (/** @type {Event} */ event) =>
    ctx.keep({ typed: /** @type {HTMLTextAreaElement} */ (event.target).value });
  const chosen = async (/** @type {Event} */ event) => {
    const field = /** @type {HTMLInputElement} */ (event.target);
    const file = field.files?.[0];
    field.value = "";
    if (!file) return;
    const part = file.size > MOST;
    const text = await file.slice(0, MOST).text();
    const size = part ? `Of ${whole(file.size)} bytes the first ${whole(MOST)} are taken. ` : "";
    await bring(ctx, part ? text.replace(/�+$/, "") : text, file.name || "your file", size);
  };
  return html`
    <details class="more">
      <summary>A text of your own</summary>
      <textarea class="typed-text" rows="4" maxlength=${MOST} spellcheck="false" dir="auto"
        aria-label="A text of your own" .value=${typed} @change=${written}></textarea>
      <div class="settings-row">
        <button class="btn" type="button" ?disabled=${!typed.trim()}
          @click=${() => bring(ctx, typed, "your text")}>Train on this text</button>
        <label class="chip bring">From a file …
          <input class="unseen" type="file" accept="text/*,.md,.json,.csv" @change=${chosen} />
        </label>
      </div>
      <p class="hint">${cut ?? ""}The server keeps the text in its memory alone, until it restarts or others bring
        more. A link names the text, and does not hold it: whoever opens the link brings the same text.</p>
    </details>`;
}

/** @param {ViewContext<any, any>} ctx @param {string} text @param {string} title @param {string} [cut] */
async function bring(ctx, text, title, cut = "") {
  const answer = await ctx.bring({ text });
  if ("error" in answer) return ctx.toast(answer.error);
  ctx.keep({ own: { name: answer.name, title }, cut });
  if (ctx.controls.text === answer.name) ctx.measure();
  else ctx.control("text", answer.name);
}

/** What is trained, in a sentence. @param {import("../../../types/pretraining").RunShape} of */
export function model(of) {
  const experts = of.experts ? `, ${of.experts} experts of which a token visits ${of.active}` : "";
  const heads = of.kv_heads === of.heads ? "" : ` and ${counted(of.kv_heads, "KV head")}`;
  return `${counted(of.layers, "layer")}, width ${of.width}, ${counted(of.heads, "head")}${heads}, feed-forward ${
    of.hidden
  }${experts}, ${whole(of.d_vocab)} ${of.unit}s: ${whole(of.parameters)} parameters`;
}
