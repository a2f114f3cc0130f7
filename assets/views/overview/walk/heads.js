// @ts-check
/**
 * The heads of an opened block: a small map each, grouped by the keys and values that they share.
 *
 * @import { WalkBlock } from "../../../types/overview"
 * @import { ViewContext } from "../../../kit/view"
 */
import { picture } from "../../../kit/cells/canvas.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { axisName } from "../../../kit/controls/over.js";
import { counted, headName, signed, tone } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3_first.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";
import { SAME } from "./blocks.js";

/** Heads that stand side by side at most. */
const ABREAST = 12;
/** Pixels: the largest map, between two maps, and between two groups of them. */
const LARGEST = 116;
const BETWEEN = { maps: 6, groups: 16 };

/**
 * @param {WalkBlock} data
 * @param {ViewContext<any>} ctx
 * @param {{ width: number, groups: number }} room its pixels, and how many groups may stand side by side
 */
export function heads(data, ctx, room) {
  const shared = data.n_heads / data.n_kv_heads;
  const grouped = shared > 1;
  const size = grouped ? shared : data.n_heads;
  const groups = range(data.n_heads / size);
  const abreast = grouped ? Math.min(data.n_kv_heads, shared > 4 ? 2 : 3, room.groups) : 1;
  const inGroup = Math.min(size, ABREAST);
  const width = (room.width - (abreast - 1) * BETWEEN.groups) / abreast;
  const side = Math.floor(Math.min(LARGEST, (width - (inGroup - 1) * BETWEEN.maps) / inGroup));
  return html`
    <h3>Attention: ${counted(data.n_heads, "head")}, ${signed(data.attn)} ${axisName(data.measured)}</h3>
    <div class="head-groups" style=${styleMap({ "--abreast": String(abreast) })}>
      ${groups.map(
        (group) => html`
          <div class="head-group" role="group" aria-label=${grouped ? `Key/value head ${group}` : "Heads"}>
            ${grouped ? html`<p>key/value head ${group}</p>` : nothing}
            <div class="head-maps" style=${styleMap({ "--abreast": String(inGroup), "--side": `${side}px` })}>
              ${range(size).map((each) => headMap(data, ctx, group * size + each, side))}
            </div>
          </div>`,
      )}
    </div>
    ${data.stride > 1 ? html`<p class="hint">${coarse(data.stride)}</p>` : nothing}`;
}

/** @param {number} stride */
const coarse = (stride) => `Each square of a map covers ${stride} × ${stride} tokens and shows their largest weight.`;

/**
 * @param {WalkBlock} data
 * @param {ViewContext<any>} ctx
 * @param {number} head
 * @param {number} side of its map
 */
function headMap(data, ctx, head, side) {
  const share = data.heads.a[head];
  const before = ctx.there?.heads.a[head];
  const was = before === undefined || Math.abs(before - share) < SAME ? "" : `${ctx.beside.before} ${signed(before)}`;
  const name = `H${head} ${signed(share)} ${was} logits: open ${headName(data.layer, head)} in Attention`;
  const open = () => {
    ctx.select({ layer: data.layer, head });
    ctx.go("attention", "head");
  };
  return html`
    <div class="head-cell">
      <button class="head-map" type="button" aria-pressed=${head === ctx.focus.head}
        aria-label=${name} @click=${open}>
        ${map(data, head, side)}
        H${head} <span class="share ${tone(share)}">${signed(share)}</span>
        ${was ? html`<span class="was">${was}</span>` : nothing}
      </button>
      ${ablation(data, ctx, head)}
    </div>`;
}

/**
 * Takes the head out of the run, or gives it back.
 * @param {WalkBlock} data
 * @param {ViewContext<any>} ctx
 * @param {number} head
 */
function ablation({ layer }, ctx, head) {
  const start = `ablate:${layer}.${head}`;
  const on = ctx.interventions.find((each) => each.on && (each.text === start || each.text.startsWith(`${start}:`)));
  const act = () => (on ? ctx.restore(on.text) : ctx.intervene(start));
  const verb = on ? "Restore" : "Ablate";
  return html`<button class="linkbtn" type="button" aria-label="${verb} ${headName(layer, head)}"
    @click=${act}>${verb}</button>`;
}

/**
 * Queries down, keys across: the ink is the square root of the weight.
 * @param {WalkBlock} data
 * @param {number} head
 * @param {number} side
 */
function map({ maps, cells }, head, side) {
  const ink = ramp("ink");
  const start = (head * cells * (cells + 1)) / 2;
  return picture({
    rows: cells,
    columns: cells,
    width: side,
    height: side,
    pixels: true,
    of: [maps, head],
    colour(query, key) {
      if (key > query) return null;
      return ink(Math.sqrt(maps.a[start + (query * (query + 1)) / 2 + key] / 255));
    },
  });
}
