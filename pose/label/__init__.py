"""Labels skeletons by teacher networks: their answers are joined and compared with boxes that people drew."""
