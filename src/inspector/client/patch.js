const shown = new WeakMap()

/**
 * Makes a node's children those of the items, one for each key. A child is filled anew only when its item has changed, so
 * that what is opened, focused or scrolled in the others stays as it is.
 */
export function patch(parent, items, { key, make, fill }) {
  const wanted = new Set(items.map((item) => String(key(item))))
  for (const node of [...parent.children]) if (!wanted.has(node.dataset.key)) node.remove()
  const kept = new Map([...parent.children].map((node) => [node.dataset.key, node]))
  items.forEach((item, at) => {
    const id = String(key(item))
    const node = kept.get(id) ?? make(item)
    const text = JSON.stringify(item)
    node.dataset.key = id
    if (parent.children[at] !== node) parent.insertBefore(node, parent.children[at] ?? null)
    if (shown.get(node) === text) return
    shown.set(node, text)
    fill(node, item)
  })
}
