import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    globalSetup: ['test/compile-cache.ts'],
    maxWorkers: 2,
    testTimeout: 120_000 * Number(process.env.FAULTS_ROUNDS ?? 1),
    hookTimeout: 60_000,
  },
})
