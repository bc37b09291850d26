// Numbers in sentences. The browser's own way to write one reads the rules of a
// language first, which takes tens of milliseconds of the first picture.

/** grouped writes a whole number with its thousands apart. */
export const grouped = (n: number) => String(n).replace(/\B(?=(\d{3})+$)/g, ',')

/** count says how many there are of something. */
export const count = (n: number, one: string, many = `${one}s`) => `${grouped(n)} ${n === 1 ? one : many}`
