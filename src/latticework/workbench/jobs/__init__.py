"""Jobs: long work in a process of its own, with progress, log, cancel, limits, and a result as a record or files.

A room registers a :class:`~latticework.workbench.jobs.model.JobKind` with ``bench.jobs``; its function is called in a
fresh process with a :class:`~latticework.workbench.jobs.context.JobContext`. Between node and job stands the warden
(:mod:`~latticework.workbench.jobs.warden`), which watches memory, time and signs of life, and ends every process of the
job when it must or when the node is gone. Without a node, :func:`~latticework.workbench.jobs.here.run_here` does the
same for one job.
"""
