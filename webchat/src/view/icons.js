const SVG = 'http://www.w3.org/2000/svg';

const SHAPES = {
  chat: [
    'M6.2 18.2A9 9 0 1 1 9.2 20.1L4 21.4z',
    'M8.8 11.8h.01M12.6 11.8h.01M16.4 11.8h.01',
  ],
  close: ['M5 5l14 14M19 5L5 19'],
  send: ['M3.2 3.6L21.4 12 3.2 20.4 6.6 12zM6.6 12h7.6'],
  smile: ['M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8 14.2c2 2.7 6 2.7 8 0', 'M9 9.8h.01M15 9.8h.01'],
  down: ['M12 4.5v14M5.5 12.5l6.5 6.5 6.5-6.5'],
  bell: ['M6 17V11a6 6 0 0 1 12 0v6l1.5 1.5h-15zM10 21h4'],
  silent: ['M6 17V11a6 6 0 0 1 12 0v6l1.5 1.5h-15zM10 21h4M4 3.5l16 17'],
  logo: ['M12 1a11 11 0 0 1 11 11v11H12a11 11 0 0 1 0-22z' +
    'M12 6.5a5.5 5.5 0 1 0 3.6 9.7l2 1.3-.9-2.6A5.5 5.5 0 0 0 12 6.5z'],
};

/**
 * @param {keyof SHAPES} name
 * @returns {SVGElement} a drawing in the colour of the text; the meaning is told by its button
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  SHAPES[name].forEach((shape) => {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', shape);
    svg.append(path);
  });
  return svg;
}
