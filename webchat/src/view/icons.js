import { draw } from './symbol.js';

const SHAPES = {
  close: ['M5 5l14 14M19 5L5 19'],
  send: ['M3.2 3.6L21.4 12 3.2 20.4 6.6 12zM6.6 12h7.6'],
  play: ['M8 5.5v13l11-6.5z'],
  pin: ['M12 2.5a6.8 6.8 0 0 1 6.8 6.8c0 4.9-6.8 12.2-6.8 12.2S5.2 14.2 5.2 9.3A6.8 6.8 0 0 1 12 2.5z',
    'M12 6.9a2.4 2.4 0 1 0 0 4.8 2.4 2.4 0 0 0 0-4.8z'],
  clip: ['M8 12.6l5.9-5.9a2.6 2.6 0 0 1 3.7 3.7l-7.5 7.5a4.4 4.4 0 0 1-6.2-6.2l7.2-7.2'],
  external: ['M10 5H5v14h14v-5M14 4h6v6M20 4l-9 9'],
  left: ['M14.5 6l-6 6 6 6'],
  right: ['M9.5 6l6 6-6 6'],
  picture: ['M3.5 5h17v14h-17zM3.5 16.5l5-5.5 4 4.3 2.6-2.7 5.4 5.4', 'M15.4 9.4h.01'],
  smile: ['M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8 14.2c2 2.7 6 2.7 8 0', 'M9 9.8h.01M15 9.8h.01'],
  down: ['M12 4.5v14M5.5 12.5l6.5 6.5 6.5-6.5'],
  bell: ['M6 17V11a6 6 0 0 1 12 0v6l1.5 1.5h-15zM10 21h4'],
  silent: ['M6 17V11a6 6 0 0 1 12 0v6l1.5 1.5h-15zM10 21h4M4 3.5l16 17'],
  bot: ['M5 8h14v11H5zM12 8V4.5M2.5 12v3M21.5 12v3', 'M12 3.5h.01M9.2 12.5h.01M14.8 12.5h.01', 'M9.5 16h5'],
  logo: ['M12 1a11 11 0 0 1 11 11v11H12a11 11 0 0 1 0-22z' +
    'M12 6.5a5.5 5.5 0 1 0 3.6 9.7l2 1.3-.9-2.6A5.5 5.5 0 0 0 12 6.5z'],
};

/**
 * @param {keyof SHAPES} name
 * @returns {SVGElement} a drawing in the colour of the text; the meaning is told by its button
 */
export function icon(name) {
  return draw(name, SHAPES[name]);
}
