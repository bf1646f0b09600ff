import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/faults/**'], // npm run test:faults
    // Three processes: they wait for the real services that they start, more than they work, and small machines have two cores.
    maxWorkers: 3,
    globalSetup: 'test/compile-cache.ts',
    testTimeout: 45_000,
    hookTimeout: 60_000,
  },
})
