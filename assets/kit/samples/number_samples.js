// @ts-check
/** Numbers, and what stands beside them, on the kit's page. */
import { html } from "../../vendor/lit.js";
import { legend } from "../drawing/legend.js";
import { nearby } from "../nearby.js";
import { derivation } from "../numbers/derivation.js";
import { counted, decimal, headName, percent, precise, scientific, signed, whole } from "../numbers/format.js";
import { figures, memory, operations, parameters, scaled, timed } from "../numbers/magnitude.js";

export const numberParts = () => [
  {
    name: "format",
    says: "Numbers as the page writes them.",
    shows: () => html`
      <p class="mono">
        ${decimal(-0.5)} · ${signed(0.5)} · ${percent(0.0004)} · ${percent(0.125)} · ${whole(49152)} ·
        ${counted(1, "token")} · ${counted(12, "token")} · ${figures(1234.5)} · ${scientific(1.5e-7)} · ${timed(1234)} ·
        ${memory(5.4e8)} · ${headName(12, 3)} · ${figures(0.052)} · ${scaled(6.64e6, "FLOP")} · ${timed(26.52)} ·
        ${precise(0.00123)}
      </p>`,
  },
  {
    name: "magnitude",
    says: "Large amounts in three digits.",
    shows: () => html`<p class="mono">${parameters(46_702_792_704)} · ${operations(27.9e6)} · ${memory(1.34e12)}</p>`,
  },
  {
    name: "derivation",
    says: "How numbers come about, a line each.",
    shows: () =>
      derivation([{ name: "sum", formula: "12 · 4,096 · 2", result: memory(12 * 4096 * 2), note: "a remark on it" }]),
  },
  {
    name: "legend",
    says: "Marks and what they stand for; an absent entry is left out.",
    shows: () => legend([["value", "value"], ["tick", "second value"], ["dot", "third"], ["ghost", "before"], null]),
  },
  {
    name: "nearby",
    says: "The stretch of a long list that holds the chosen item.",
    shows: () => {
      const { first, shown } = nearby(30, 6, 21);
      return html`<p class="mono">items ${first} to ${first + shown - 1} of 30 around item 21</p>`;
    },
  },
];
