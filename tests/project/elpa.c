/* Eigenvalues of a symmetric matrix by ELPA's two stages, on a grid of ranks: a check by other people's code on the other side.
 *
 *     mpirun -n RANKS elpa N MATRIX.npy EIGENVALUES
 *
 * MATRIX.npy holds N*N doubles after its header; EIGENVALUES becomes N doubles, ascending. */
#include <elpa/elpa.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

static void need(int good, const char *what) {
    if (!good) {
        fprintf(stderr, "elpa: %s failed\n", what);
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
}

/* How many of n rows a place of several has, and which row its own i-th is. */
static int count(int n, int block, int place, int places) {
    int rows = 0;
    for (int i = 0; i < n; i++) rows += i / block % places == place;
    return rows;
}
static int global(int i, int block, int place, int places) { return (i / block * places + place) * block + i % block; }

int main(int argc, char **argv) {
    int provided, size, rank, rows = 1, error, block = 24, n;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    need(argc == 4, "the command line");
    n = atoi(argv[1]);
    for (int side = 1; side * side <= size; side++)
        if (size % side == 0) rows = side;
    int columns = size / rows, row = rank / columns, column = rank % columns;
    int own_rows = count(n, block, row, rows), own_columns = count(n, block, column, columns);

    double *line = malloc(sizeof(double) * n), *values = malloc(sizeof(double) * n);
    double *a = malloc(sizeof(double) * (size_t)own_rows * own_columns);
    FILE *file = fopen(argv[2], "rb");
    need(file && line && values && a && !fseek(file, -(long)sizeof(double) * n * n, SEEK_END), "reading");
    for (int i = 0; i < n; i++) {
        need(fread(line, sizeof(double), n, file) == (size_t)n, "reading");
        if (i / block % rows != row) continue;
        int own = i / block / rows * block + i % block;
        for (int j = 0; j < own_columns; j++) a[own + (size_t)j * own_rows] = line[global(j, block, column, columns)];
    }
    fclose(file);

    need(elpa_init(20221109) == ELPA_OK, "elpa_init");
    elpa_t handle = elpa_allocate(&error);
    need(error == ELPA_OK, "elpa_allocate");
    struct { const char *name; int value; } settings[] = {
        {"na", n}, {"nev", n}, {"local_nrows", own_rows}, {"local_ncols", own_columns}, {"nblk", block},
        {"mpi_comm_parent", MPI_Comm_c2f(MPI_COMM_WORLD)}, {"process_row", row}, {"process_col", column},
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        elpa_set(handle, settings[i].name, settings[i].value, &error);
        need(error == ELPA_OK, settings[i].name);
    }
    need(elpa_setup(handle) == ELPA_OK, "elpa_setup");
    elpa_set(handle, "solver", ELPA_SOLVER_2STAGE, &error);
    elpa_eigenvalues(handle, a, values, &error);
    need(error == ELPA_OK, "elpa_eigenvalues");
    if (rank == 0) {
        FILE *out = fopen(argv[3], "wb");
        need(out && fwrite(values, sizeof(double), n, out) == (size_t)n && !fclose(out), "writing");
    }
    MPI_Finalize();
    return 0;
}
