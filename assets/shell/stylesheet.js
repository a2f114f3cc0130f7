// @ts-check
/**
 * A stylesheet that comes with what it dresses, and not before.
 *
 * @param {URL} address
 * @returns the link, and what is kept once it is there
 */
export function wear({ href }) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  const worn = new Promise((done) => link.addEventListener("load", done));
  document.head.append(link);
  return { link, worn };
}
