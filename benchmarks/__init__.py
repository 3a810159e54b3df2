"""Made-up data to run, show and measure the centre with; nothing in dashboard/ or jobs/ imports it."""
