// @ts-check
/**
 * The reference's table of a 70B model's memory, each row in the ways it may be meant, and the other formats.
 *
 * @import { FormatMemory, MemoryTable } from "../../../types/systems"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {{ by?: string, down?: boolean }} Kept
 */
import { control } from "../../../kit/controls/declared.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table as grid } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";

const GB = 1e9;
const GIB = 2 ** 30;

/** @type {View<MemoryTable, Kept>} */
export function table(data, ctx) {
  const at = Math.max(
    0,
    data.models.findIndex(({ name }) => name === ctx.controls.model),
  );
  const model = data.models[at];
  return html`
    <div class="bar">
      ${control(ctx, "model", { choices: data.models.map(({ name }) => name), value: model.name })}
    </div>
    <p class="readout">${summary(data, at)}</p>
    ${grid({
      label: `Memory of ${model.name} in every format`,
      className: "seventy keeps-names",
      rows: sorted(data, at, ctx),
      rowClass: ({ row }) => (row ? "" : "ours"),
      columns: columns(at, ctx),
    })}
    <p class="hint">
      ${model.name} has ${whole(model.parameters)} weights in ${model.n_layers} blocks of width ${whole(model.d_model)},
      with a feed-forward width of ${whole(model.d_mlp)} and a vocabulary of ${whole(model.d_vocab)} tokens
      (${model.source}). 1 GB = 10⁹ bytes and 1 GiB = 2³⁰ bytes. A quoted number holds if the counted GB lie within
      ${percent(data.about, 0)} of it. Norms count 16 bits each. Activations and the KV cache are not counted.</p>`;
}

/** @param {MemoryTable} data @param {number} at */
function summary(data, at) {
  const names = [...new Set(data.rows.flatMap(({ row }) => (row ? [row] : [])))];
  const of = (/** @type {string} */ name) => data.rows.filter(({ row }) => row === name);
  const whole = names.filter((name) => of(name).every(({ verdict }) => verdict[at] === "holds"));
  const some = names.filter((name) => !whole.includes(name) && of(name).some(({ verdict }) => verdict[at] === "holds"));
  const none = names.filter((name) => !whole.includes(name) && !some.includes(name));
  const hold = (/** @type {string[]} */ some) => (some.length === 1 ? "holds" : "hold");
  return html`<b>${whole.length} of ${names.length}</b> quoted numbers ${hold(whole)} in every way of counting
    (${whole.join(", ")}). ${
      some.length
        ? html`<b>${some.length}</b> ${hold(some)} in one way of counting only (${some.join(", ")}).`
        : nothing
    } ${none.length ? html`${none.length} ${hold(none)} in no way of counting (${none.join(", ")}).` : nothing}`;
}

/** @param {MemoryTable} data @param {number} at @param {ViewContext<Kept>} ctx */
function sorted(data, at, ctx) {
  const { by, down } = ctx.kept;
  if (!by) return data.rows;
  const value = (/** @type {FormatMemory} */ row) =>
    by === "bits" ? row.average[at] : by === "quoted" ? (row.quoted ?? -1) : row.nbytes[at];
  return data.rows.toSorted((a, b) => (value(a) - value(b)) * (down ? -1 : 1));
}

/** @param {number} at @param {ViewContext<Kept>} ctx */
function columns(at, ctx) {
  const sorting = (/** @type {string} */ by) => ({
    sort: () => ctx.keep({ by, down: ctx.kept.by === by ? !ctx.kept.down : true }),
    sorted: ctx.kept.by === by ? order(ctx.kept.down) : undefined,
  });
  /** @type {import("../../../kit/numbers/table.js").Column<FormatMemory>[]} */
  const made = [
    {
      name: "Row of the reference, and a way of counting",
      cell: ({ row, name, formula }) => html`
        ${row ? html`<b>${row}</b>` : name}<small>${row ? name : "not in the reference"}</small>
        <small class="sum">${formula} bits</small>`,
      className: "counted",
    },
    {
      name: "quoted",
      number: true,
      cell: ({ quoted }) => (quoted === null ? "" : `~${whole(quoted)} GB`),
      ...sorting("quoted"),
    },
    { name: "GB", number: true, cell: ({ nbytes }) => decimal(nbytes[at] / GB, 1), ...sorting("size") },
    { name: "verdict", cell: (row) => verdict(row, at) },
    { name: "GiB", number: true, cell: ({ nbytes }) => decimal(nbytes[at] / GIB, 1) },
    {
      name: "bits per weight",
      title: "mean over all weights",
      number: true,
      cell: ({ average }) => decimal(average[at], 3),
      ...sorting("bits"),
    },
  ];
  return made;
}

/** @param {boolean | undefined} down @returns {"ascending" | "descending"} */
const order = (down) => (down ? "descending" : "ascending");

/** @param {FormatMemory} row @param {number} at */
function verdict({ verdict, nbytes, quoted }, at) {
  if (quoted === null) return "";
  const more = nbytes[at] / GB / quoted - 1;
  const off = `${percent(Math.abs(more))} ${more > 0 ? "more" : "less"}`;
  const said = { holds: "holds", gib: `${off}; holds in GiB`, more: off, less: off, none: "" }[verdict[at]];
  return html`<span class="verdict ${verdict[at]}">${verdict[at] === "holds" ? "✓ " : "✗ "}${said}</span>`;
}

/** @param {MemoryTable} data @returns {Row[]} */
export function rows(data) {
  return data.rows.flatMap((row) =>
    data.models.map((model, at) => ({
      model: model.name,
      in_the_table: row.row,
      counted_as: row.name,
      formula: row.formula,
      bits_a_weight: row.average[at],
      bytes: row.nbytes[at],
      quoted_gb: row.quoted,
      verdict: row.verdict[at],
    })),
  );
}
