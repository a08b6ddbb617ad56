// Saves positions twice, as a TAILDIR source does.
import { PositionStore } from '../../packages/flumen/src/components/sources/taildir/position-store.ts'

const store = new PositionStore(process.argv[2]!)
await store.load()
for (let round = 0; round < 2; round++) await store.save(() => ({ positions: [], ended: [], shown: [] }))
await store.close()
