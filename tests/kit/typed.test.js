// @ts-check
/** A field with its name: seen above it where that is asked for, and always told to who cannot see. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { markup } from "./drawn.js"; // first: it stands in for the document

const { typed } = await import("../../assets/kit/controls/typed.js");

const ctx = /** @type {any} */ ({
  declared: () => ({ label: "Right answer", meaning: "The number.", longest: 24 }),
  controls: {},
  kept: {},
  width: 800,
});

for (const single of [true, false])
  test(`a field that is named shows its label, ${single ? "in one line" : "in several"}`, () => {
    const field = { name: "right", value: "5", single };
    assert.match(markup(typed({ ...field, named: true }, ctx)), /<label class="named-text">Right answer\s/);
    assert.doesNotMatch(markup(typed(field, ctx)), /<label/);
    assert.match(markup(typed(field, ctx)), /aria-label="Right answer"/);
  });
