import { fill } from './dom.js';

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @param {string} name  for the style sheet
 * @param {string[]} shapes path data in a square of 24
 * @returns {SVGElement} a drawing in the colour of the text; the meaning is told by its button
 */
export function draw(name, shapes) {
  const paths = shapes.map((d) => svg('path', { d }, []));
  return svg('svg', { viewBox: '0 0 24 24', class: `icon icon-${name}`, 'aria-hidden': 'true' }, paths);
}

function svg(tag, attributes, children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** @returns {SVGElement} the speech bubble of the button and the header */
export function chatIcon() {
  return draw('chat', ['M6.2 18.2A9 9 0 1 1 9.2 20.1L4 21.4z', 'M8.8 11.8h.01M12.6 11.8h.01M16.4 11.8h.01']);
}
