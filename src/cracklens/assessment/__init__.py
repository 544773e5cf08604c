"""Takes detectors and labelled data; gives how good they are, on a site and on surfaces that were not learnt."""
