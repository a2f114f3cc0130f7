// The tables that the page shares with the server, from the page's own head: the sampler's settings, the selection's fields.
const tables = JSON.parse(document.getElementById("explorer-tables").textContent);

// [{ name, link, stage, label, term, meaning, neutral, least, most, step, whole }], in the order of the sidebar's sliders
export const SETTINGS = tables.settings;
// The sampler's steps in the order in which transformers takes them.
export const STAGES = tables.stages;
// [{ name, link, label, size }]
export const SELECTION = tables.selection;
