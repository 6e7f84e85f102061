/**
 * @param {Element} element
 * @param {Object<string, string>} attributes
 * @param {Array<Node|string>} children
 * @returns {Element} the same, with all of them
 */
export function fill(element, attributes, children) {
  Object.keys(attributes).forEach((name) => element.setAttribute(name, attributes[name]));
  element.append(...children);
  return element;
}

/**
 * @param {string} tag
 * @param {Object<string, string>} [attributes]
 * @param {...(Node|string)} children
 * @returns {HTMLElement}
 */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/**
 * @param {string} className
 * @param {function(): void} onClick
 * @param {...(Node|string)} children
 * @returns {HTMLButtonElement}
 */
export function button(className, onClick, ...children) {
  const element = el('button', { class: className, type: 'button' }, ...children);
  element.addEventListener('click', onClick);
  return element;
}

/**
 * @param {string} url one that was found safe
 * @param {*} text
 * @returns {HTMLElement} a link to another window that learns nothing of this one
 */
export function link(url, text) {
  return el('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, String(text));
}

/**
 * @param {string} name of a CSS property, in camelCase or with hyphens
 * @returns {string} with hyphens
 */
export function propertyName(name) {
  return name.startsWith('--') ? name : name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/**
 * Gives a rule or an element the styles that the host page wants. What is no property or no value of one has no effect.
 * @param {CSSStyleDeclaration} declaration
 * @param {Object<string, *>} [styles] names in camelCase or with hyphens
 */
export function setStyles(declaration, styles) {
  Object.entries(styles || {}).forEach(([name, value]) => {
    if (typeof value === 'string' || typeof value === 'number') declaration.setProperty(propertyName(name), value);
  });
}

/**
 * Sets styles that the host page gives, through the CSSOM, which a strict content security policy allows.
 * @param {HTMLElement} element
 * @param {Object<string, *>} [styles] names in camelCase or with hyphens
 */
export function applyStyles(element, styles) {
  setStyles(element.style, styles);
}
