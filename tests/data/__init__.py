"""Tests of the tables of facts about AWS."""
