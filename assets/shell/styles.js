// @ts-check
/** The stylesheets of the panels seen so far, by their addresses. @type {Map<string, HTMLLinkElement>} */
const linked = new Map();

/**
 * Puts on a panel's stylesheet and takes off the others': two panels may call different things by one name.
 * @param {URL} address
 */
export function wear({ href }) {
  if (!linked.has(href)) {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
    linked.set(href, link);
    document.head.append(link);
  }
  for (const [address, link] of linked) link.media = address === href ? "all" : "not all";
}
