/** `FLUMEN_SEED` replays a run. */
export function seedOfRun(): number {
  const { FLUMEN_SEED } = process.env
  return FLUMEN_SEED === undefined ? Math.floor(Math.random() * 2 ** 30) : Number(FLUMEN_SEED)
}
