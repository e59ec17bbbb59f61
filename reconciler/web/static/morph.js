// Makes one tree like another and keeps what is the reader's: focus, scroll, open details, and what is being typed.
export function morph(old, fresh) {
  attributes(old, fresh);
  const keyed = new Map();
  for (const child of old.children) { if (child.id) { keyed.set(child.id, child); } }
  let place = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    const match = next.id && keyed.has(next.id) ? keyed.get(next.id) : place;
    if (match && alike(match, next)) {
      if (match === place) { place = place.nextSibling; } else { old.insertBefore(match, place); }
      update(match, next);
    } else {
      old.insertBefore(document.importNode(next, true), place);
    }
  }
  while (place) {
    const gone = place;
    place = place.nextSibling;
    gone.remove();
  }
}

function alike(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName && (one.id ?? "") === (other.id ?? "");
}

function update(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) { old.nodeValue = fresh.nodeValue; }
  } else if (!old.hasAttribute("data-keep") && !old.isEqualNode(fresh)) {
    morph(old, fresh);
  }
}

function attributes(old, fresh) {
  const kept = (name) => name === "open" && old.nodeName === "DETAILS";
  for (const { name } of [...old.attributes]) { if (!fresh.hasAttribute(name) && !kept(name)) { old.removeAttribute(name); } }
  for (const { name, value } of fresh.attributes) { if (old.getAttribute(name) !== value) { old.setAttribute(name, value); } }
}
