// @ts-check
/**
 * What is pressed, moved and chosen on the kit's page.
 *
 * @import { Sample } from "./text_samples.js"
 */
import { html } from "../../vendor/lit.js";
import { number, player, segmented, slider } from "../controls/controls.js";
import { control } from "../controls/declared.js";
import { doublings } from "../controls/steps.js";
import { percent, whole } from "../numbers/format.js";
import { table } from "../numbers/table.js";
import { BEFORE, SHARES } from "./sample_shares.js";

const STEPS_OF_TWO = doublings(1, 1024);
const DOUBLED = {
  name: "doubled",
  label: "Steps",
  meaning: "Each is twice the one before.",
  kind: "whole",
  ranged: false,
  choices: STEPS_OF_TWO.map((each) => [each, String(each)]),
};

/** @param {Sample} sample */
export const controlParts = ({ kept, keep }) => [
  {
    name: "controls",
    says: "A choice, a slider, a number, and the one kind of Play.",
    shows: () => html`
      <div class="bar">
        ${segmented({
          label: "Which",
          choices: [
            ["first", "First"],
            ["second", "Second"],
          ],
          chosen: kept.choice,
          choose: (choice) => keep({ choice }),
        })}
        ${slider({
          label: "Level",
          value: kept.level,
          least: 0,
          most: 1,
          step: 0.1,
          choose: (level) => keep({ level }),
        })}
        ${number({ label: "Count", value: kept.count, least: 1, most: 99, choose: (count) => keep({ count }) })}
        ${player({
          ctx: { kept, keep },
          at: kept.step,
          count: 5,
          choose: (step) => keep({ step }),
          label: "Steps",
          pace: 200,
        })}
      </div>
      <p class="readout">${kept.choice}, ${kept.level}, ${kept.count}, step ${kept.step + 1} of 5</p>`,
  },
  {
    name: "declared",
    says: "Controls as a panel declares them: a slider over listed values, a list of many, a few side by side.",
    shows: () => {
      const ctx = /** @type {any} */ ({
        kept,
        keep,
        controls: { doubled: kept.doubled },
        control: (/** @type {string} */ _, /** @type {number} */ doubled) => keep({ doubled }),
        declared: () => DOUBLED,
      });
      const few = STEPS_OF_TWO.slice(0, 5);
      return html`
        ${control(ctx, "doubled", { as: "slider", live: true, format: whole })}
        ${control(ctx, "doubled", { as: "select", format: whole })} ${control(ctx, "doubled", { choices: few })}`;
    },
  },
  {
    name: "table",
    says: "Columns with their headings; a row can be chosen by mouse and by keyboard.",
    shows: () =>
      table({
        label: "Sample shares",
        columns: [
          { name: "Row", cell: (_, at) => `Row ${at}` },
          { name: "Now", number: true, cell: (value) => percent(value) },
          { name: "Before", number: true, cell: (_, at) => percent(BEFORE[at]) },
        ],
        rows: SHARES,
        selected: (_, at) => at === kept.row,
        select: (_, row) => keep({ row }),
      }),
  },
];
