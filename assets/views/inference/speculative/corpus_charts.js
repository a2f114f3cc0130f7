// @ts-check
/**
 * The charts of a draft over held-out texts: what was counted with its interval, and what the formula expects.
 *
 * @import { OverTexts, SpeculativeCorpus } from "../../../types/inference"
 * @import { BesideWords } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { decimal, percent } from "../../../kit/numbers/format.js";
import { max } from "../../../vendor/d3.js";

const HEIGHT = 236;
const FIFTHS = [0, 0.2, 0.4, 0.6, 0.8, 1];
const SHARE = { range: [0, 1.04], tickvals: FIFTHS, ticktext: FIFTHS.map((share) => `${Math.round(100 * share)} %`) };
const GAMMAS = { title: "γ, tokens drafted a pass", dtick: 1 };
const ROOM = 1.08;

/** @param {OverTexts[]} all */
const whiskers = (all) => ({
  low: all.map(({ mean, low }) => low ?? mean),
  high: all.map(({ mean, high }) => high ?? mean),
});

/** @param {ArrayLike<unknown>} all */
const numbered = (all) => Array.from(all, (_, at) => at + 1);

/**
 * What the other run's model does with the same texts.
 * @param {ArrayLike<number>} x
 * @param {OverTexts[] | undefined} all
 * @param {{ beside: BesideWords, hover: string }} options
 */
function there(x, all, { beside, hover }) {
  if (!all) return [];
  const name = beside.name;
  const line = { mode: "lines+markers", color: "ink", dash: "dot", width: 1.5, hollow: true, size: 7, name };
  return [
    { ...line, x, y: all.map(({ mean }) => mean), whiskers: whiskers(all), hover: `${name}, ${hover}<extra></extra>` },
  ];
}

/** @param {SpeculativeCorpus} data @param {BesideWords} beside */
export function byTemperature({ temperatures, by_temperature: all, temperature, base }, beside) {
  return plot({
    label: "Acceptance rate by temperature",
    height: HEIGHT,
    traces: [
      {
        x: temperatures,
        y: all.map(({ mean }) => mean),
        whiskers: whiskers(all),
        mode: "lines+markers",
        color: "river-deep",
        name: base ? "this run’s model" : "",
        hover: "temperature %{x}: α = %{y:.1%}<extra></extra>",
      },
      ...there(temperatures, base?.by_temperature, { beside, hover: "temperature %{x}: α = %{y:.1%}" }),
    ],
    margin: base ? { t: 28 } : {},
    x: { title: "temperature", range: [-0.08, 2.08] },
    y: SHARE,
    marks: [{ x: temperature, color: "prob", dash: "dot" }],
  });
}

/** @param {SpeculativeCorpus} data */
export function byPlace({ places, alpha }) {
  const known = places.filter(({ decided }) => decided > 0);
  const x = numbered(known);
  const ends = [0.5, places.length + 0.5];
  return plot({
    label: "Share of drafted tokens kept, by their place in the draft",
    height: HEIGHT,
    traces: [
      {
        x,
        y: known.map(({ kept, decided }) => kept / decided),
        whiskers: { low: known.map(({ low }) => low), high: known.map(({ high }) => high) },
        name: "counted",
        mode: "markers",
        size: 8,
        color: "prob",
        customdata: known.map(({ kept, decided }) => `${kept} of ${decided} kept`),
        hover: "place %{x}: %{y:.1%}, %{customdata}<extra></extra>",
      },
      {
        x,
        y: known.map(({ overlap }) => overlap),
        name: "Σ min(p, q) there",
        mode: "markers",
        symbol: "line-ew-open",
        size: 14,
        color: "ink",
        hover: "place %{x}: Σ min(p, q) %{y:.1%}<extra></extra>",
      },
      {
        x: ends,
        y: ends.map(() => alpha.mean),
        name: `α, ${percent(alpha.mean)}`,
        color: "ink2",
        dash: "dash",
        width: 1.5,
        hover: "α, all places: %{y:.1%}<extra></extra>",
      },
    ],
    x: { title: "place in the draft", dtick: 1, range: ends },
    y: SHARE,
    margin: { t: 28 },
  });
}

/** @param {SpeculativeCorpus} data @param {BesideWords} beside */
export function byLength({ counted, expected, base }, beside) {
  const x = numbered(counted);
  return plot({
    label: "Tokens a pass by the number of drafted tokens: by formula and as counted",
    height: HEIGHT,
    traces: [
      {
        x,
        y: expected,
        name: "formula",
        color: "ink2",
        dash: "dash",
        hover: "γ = %{x}: %{y:.2f} by formula<extra></extra>",
      },
      {
        x,
        y: counted.map(({ mean }) => mean),
        whiskers: whiskers(counted),
        name: "counted",
        mode: "markers",
        size: 8,
        color: "prob",
        hover: "γ = %{x}: %{y:.2f} counted<extra></extra>",
      },
      ...there(x, base?.counted, { beside, hover: "γ = %{x}: %{y:.2f} counted" }),
    ],
    x: { ...GAMMAS, range: [0.6, counted.length + 0.4] },
    y: {
      range: [
        0,
        ROOM *
          (max([...expected, ...[...counted, ...(base?.counted ?? [])].map(({ mean, high }) => high ?? mean)]) ?? 1),
      ],
    },
    margin: { t: 28 },
  });
}

/** @param {SpeculativeCorpus} data */
export function bySpeed({ speed, raced, raced_gammas }) {
  if (!speed) return "";
  const x = numbered(speed.speedup);
  const top = Math.max(1, max(speed.high) ?? 1, max(raced, ({ high }) => high) ?? 1);
  return plot({
    label: "Speed against plain decoding by the number of drafted tokens: predicted and measured",
    height: HEIGHT,
    traces: [
      {
        x,
        y: speed.speedup,
        name: "predicted",
        color: "ink2",
        dash: "dash",
        customdata: speed.low.map((low, at) => `${decimal(low)} to ${decimal(speed.high[at])}`),
        hover: "γ = %{x}: %{y:.2f} × predicted (%{customdata})<extra></extra>",
      },
      {
        x: raced_gammas,
        y: raced.map(({ median }) => median),
        whiskers: { low: raced.map(({ low }) => low), high: raced.map(({ high }) => high) },
        name: "measured",
        mode: "markers",
        size: 8,
        color: "prob",
        hover: "γ = %{x}: %{y:.2f} × measured<extra></extra>",
      },
    ],
    x: { ...GAMMAS, range: [0.6, x.length + 0.4] },
    y: { range: [0, ROOM * top], ticksuffix: " ×" },
    marks: [{ y: 1, label: "plain", color: "ink3", dash: "dot" }],
    margin: { t: 28 },
  });
}
