"""A plugin of Maskwright: the format boxes-csv and the command count. Installed beside it, both are there."""
