"""Takes outcomes and the detector's card; gives reports, one writer per file. Knows neither detector nor run."""
