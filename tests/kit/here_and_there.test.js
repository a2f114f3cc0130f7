// @ts-check
/** Two payloads of one type on one picture: what its words and its rows say of both runs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { markup } from "./drawn.js";

const view = async (/** @type {string} */ path) => await import(`../../assets/views/${path}.js`);
const { OTHER } = await import("../../assets/kit/beside.js");
const ctx = { beside: OTHER, controls: {}, changed: true, kept: {} };

test("the other run's model is listed below this run's, with its sizes in times of this one's", async () => {
  const { rows } = await view("overview/dimensions/sizes");
  const { compared, timesHere } = await view("overview/dimensions/compared");
  const sized = (/** @type {string} */ name, /** @type {number} */ L, own = false) => ({
    ...{ name, own, values: { L, V: 100 }, d_ff: 4, experts: 0, outside: [], stated: null, source: "" },
  });
  const here = sized("Small", 6, true);
  const there = sized("Large", 12, true);
  const models = [here, sized("GPT-2", 12)];
  const made = rows({ models }, { ...ctx, there: { models: [there, models[1]] } });
  assert.deepEqual(
    made.map((/** @type {any} */ row) => [row.name, row.run, row.L]),
    [
      ["Small", "this", 6],
      ["Large", "other", 12],
      ["GPT-2", "", 12],
    ],
  );
  assert.ok(!("run" in rows({ models }, { ...ctx, there: null })[0]));
  assert.match(markup(timesHere(here, there, "L")), /data-times="2">× 2\.00/);
  const typical = [{ symbol: "L" }, { symbol: "V" }];
  const said = markup(compared(here, there, typical, OTHER));
  assert.match(said, /In the other run, <b>Large<\/b>: <b>L<\/b> 12, in this run 6 \(× 2\.00\)\. Equal: V\./);
});
