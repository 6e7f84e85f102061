"""Commands: what an agent or a bot types behind `::`. `grammar` reads a line, `run` carries it out, `call` asks a
business's own service."""
