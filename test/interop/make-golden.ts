import { askGolden, type GoldenName, goldenFiles, goldenNames, writeGolden } from './golden.ts'

/** `node --conditions=flumen-source test/interop/make-golden.ts [name …]`: writes test/golden anew from real Flume. */
const names = process.argv.length > 2 ? process.argv.slice(2) : goldenNames
for (const name of names) {
  if (!(name in goldenFiles)) throw new Error(`No golden file "${name}": ${goldenNames.join(', ')}.`)
  const cases = await askGolden(name as GoldenName)
  writeGolden(name as GoldenName, cases)
  console.log(`${name}: ${cases.length} cases`)
}
