// @ts-check
/** The tree of a beam search: all steps within the page's width, and no empty room. */
import assert from "node:assert/strict";
import { test } from "node:test";

Object.assign(globalThis, { document: { createTreeWalker: () => null, createComment: () => null } }); // lit’s alone
const { geometry } = await import("../../assets/views/inference/beam_search/geometry.js");
const { FATE, ROOT } = await import("../../assets/views/inference/beam_search/search.js");

const [BEAMS, STEPS] = [4, 16];

/** Each step keeps the four best of eight; all go on from the best of the step before, as in a search that leans. */
function leaning() {
  const at = (/** @type {number} */ step, /** @type {number} */ place) => 2 * BEAMS * step + place;
  const candidates = Array.from({ length: 2 * BEAMS * STEPS }, (_, index) => {
    const [step, place] = [Math.floor(index / (2 * BEAMS)), index % (2 * BEAMS)];
    const kept = place < BEAMS;
    return {
      ...{ index, step, place, parent: step ? at(step - 1, 0) : ROOT, token: index, group: 0, total: -step - place },
      ...{ fate: kept ? FATE.kept : FATE.pruned, state: kept ? "kept" : "cut", children: [] },
    };
  });
  return { candidates, first: candidates.slice(0, 2 * BEAMS).map(({ index }) => index), path: () => [] };
}

for (const width of [980, 350])
  test(`all steps are within ${width} pixels`, () => {
    const search = leaning();
    const shape = geometry(/** @type {any} */ (search), { width, root: "a prompt", groups: 1, steps: STEPS });
    assert.equal(shape.width, width);
    assert.deepEqual(
      shape.bands.flatMap(({ columns }) => columns.map(({ step }) => step)),
      Array.from({ length: STEPS }, (_, step) => step),
    );
    for (const { index } of search.candidates) {
      const box = shape.boxOf(index);
      assert.ok(box.x >= 0 && box.x + box.width <= width, `${index}: ${box.x} to ${box.x + box.width}`);
      assert.ok(box.y + box.height / 2 <= shape.height);
      assert.match(shape.link(index), /^M/);
    }
    // Kept texts stand in the same rows in every step, the best one on top: the tidy tree left half of the room empty.
    const tops = search.candidates.filter(({ place }) => place === 0).map(({ index }) => shape.boxOf(index).y);
    assert.equal(new Set(tops).size, shape.bands.length);
    const filled = search.candidates.reduce((sum, { index }) => sum + shape.boxOf(index).hit, 0);
    assert.ok(filled / STEPS > 0.75 * (shape.height / shape.bands.length), "rows are filled");
    // A further band goes on from the texts that were kept before it.
    assert.equal(shape.again.length, BEAMS * (shape.bands.length - 1));
  });
