/* ipopt: an AMPL-style solver executable over the Ipopt library.
 *
 *     ipopt model.nl -AMPL [option=value ...]      reads model.nl, writes model.sol
 *     ipopt -v | --version                         prints the version
 *
 * It links Ipopt's C interface (IpStdCInterface.h) with the AMPL Solver Library (ASL), which reads
 * .nl files and evaluates their first and second derivatives. It serves machines on which no ready
 * executable can be had; `solver.py` beside this file builds it.
 *
 * What it understands beyond the .nl file itself:
 *   - options as `name=value` arguments and from the file named by `option_file_name` (ipopt.opt
 *     where none is named); an argument wins over the file; the linear solver is MUMPS unless named;
 *   - suffixes in: scaling_factor (variables, constraints, objective), ipopt_zL_in, ipopt_zU_in and
 *     the duals of the file for warm starts; suffixes out: ipopt_zL_out, ipopt_zU_out.
 *
 * Signs. Ipopt minimises f + lambda'g with z_L, z_U >= 0; AMPL's duals are the change of the
 * objective per unit of the constraint's right-hand side. With s = 1 (minimise) or -1 (maximise):
 * dual = -s lambda, ipopt_zL = s z_L, ipopt_zU = -s z_U.
 */

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "IpStdCInterface.h"

#include "asl_pfgh.h"

typedef struct {
   ASL_pfgh* asl;
   real      sign;       /* 1 minimise, -1 maximise */
   bool      has_f;      /* objective evaluated at the current point */
   bool      has_g;      /* constraints evaluated at the current point */
   real*     g_scratch;  /* constraint values nobody asked for */
} Model;

/* The macros of asl.h (n_var, X0, objval, ...) refer to a local variable named `asl`. */

static void* allocate(size_t count, size_t size)
{
   void* p = calloc(count ? count : 1, size);
   if( !p )
   {
      fprintf(stderr, "ipopt: out of memory\n");
      exit(1);
   }
   return p;
}

/* ------------------------------------------------------------------ evaluation */

static void note_point(Model* model, bool new_x)
{
   if( new_x )
      model->has_f = model->has_g = false;
}

static bool objective(Model* model, ipnumber* x, ipnumber* value)
{
   ASL_pfgh* asl = model->asl;
   fint      failed = 0;

   *value = 0.0;
   if( n_obj > 0 )
      *value = model->sign * objval(0, x, &failed);
   model->has_f = !failed;
   return !failed;
}

static bool constraints(Model* model, ipnumber* x, ipnumber* g)
{
   ASL_pfgh* asl = model->asl;
   fint      failed = 0;

   if( n_con > 0 )
      conval(x, g, &failed);
   model->has_g = !failed;
   return !failed;
}

static bool eval_f(ipindex n, ipnumber* x, bool new_x, ipnumber* value, UserDataPtr data)
{
   (void)n;
   note_point(data, new_x);
   return objective(data, x, value);
}

static bool eval_grad_f(ipindex n, ipnumber* x, bool new_x, ipnumber* gradient, UserDataPtr data)
{
   Model*    model = data;
   ASL_pfgh* asl = model->asl;
   fint      failed = 0;

   note_point(model, new_x);
   if( n_obj == 0 )
   {
      memset(gradient, 0, (size_t)n * sizeof *gradient);
      return true;
   }
   objgrd(0, x, gradient, &failed);
   if( failed )
      return false;
   if( model->sign < 0 )
      for( ipindex i = 0; i < n; ++i )
         gradient[i] = -gradient[i];
   return true;
}

static bool eval_g(ipindex n, ipnumber* x, bool new_x, ipindex m, ipnumber* g, UserDataPtr data)
{
   (void)n;
   (void)m;
   note_point(data, new_x);
   return constraints(data, x, g);
}

static bool eval_jac_g(
   ipindex n, ipnumber* x, bool new_x, ipindex m, ipindex nonzeros, ipindex* row, ipindex* column,
   ipnumber* values, UserDataPtr data)
{
   Model*    model = data;
   ASL_pfgh* asl = model->asl;
   fint      failed = 0;
   (void)n;
   (void)nonzeros;

   if( row != NULL )
   {
      for( ipindex i = 0; i < m; ++i )
         for( cgrad* term = Cgrad[i]; term != NULL; term = term->next )
         {
            row[term->goff] = i;
            column[term->goff] = term->varno;
         }
      return true;
   }
   note_point(model, new_x);
   if( m > 0 )
      jacval(x, values, &failed);
   return !failed;
}

static bool eval_h(
   ipindex n, ipnumber* x, bool new_x, ipnumber weight, ipindex m, ipnumber* lambda, bool new_lambda,
   ipindex nonzeros, ipindex* row, ipindex* column, ipnumber* values, UserDataPtr data)
{
   Model*    model = data;
   ASL_pfgh* asl = model->asl;
   real      objective_weight;
   ipnumber  ignored;
   (void)m;
   (void)new_lambda;
   (void)nonzeros;

   if( row != NULL )
   {
      ipindex k = 0;
      for( ipindex j = 0; j < n; ++j )
         for( ; k < sputinfo->hcolstarts[j + 1]; ++k )
         {
            row[k] = sputinfo->hrownos[k];
            column[k] = j;
         }
      return true;
   }
   /* The Hessian is taken at the point of the last function evaluations. */
   note_point(model, new_x);
   if( !model->has_f && !objective(model, x, &ignored) )
      return false;
   if( !model->has_g && !constraints(model, x, model->g_scratch) )
      return false;
   objective_weight = model->sign * weight;
   sphes(values, -1, &objective_weight, lambda);
   return true;
}

/* ------------------------------------------------------------------ options */

/* Ipopt itself knows whether an option is a number, an integer or a word, but only when it reads an
 * options file. So arguments and the user's file are merged into one temporary file. */

typedef struct {
   char** name;
   char** value;
   int    count;
} Options;

static void add_option(Options* options, const char* name, size_t name_length, const char* value)
{
   const size_t value_length = strlen(value);
   const bool   quoted = value_length >= 2 && value[0] == '"' && value[value_length - 1] == '"';

   for( int i = 0; i < options->count; ++i )
      if( strlen(options->name[i]) == name_length && !strncmp(options->name[i], name, name_length) )
         return; /* what came first wins: arguments are read before the file */
   options->name = realloc(options->name, (size_t)(options->count + 1) * sizeof *options->name);
   options->value = realloc(options->value, (size_t)(options->count + 1) * sizeof *options->value);
   if( !options->name || !options->value )
   {
      fprintf(stderr, "ipopt: out of memory\n");
      exit(1);
   }
   options->name[options->count] = strndup(name, name_length);
   options->value[options->count] = quoted ? strndup(value + 1, value_length - 2) : strdup(value);
   options->count++;
}

static const char* find_option(const Options* options, const char* name)
{
   for( int i = 0; i < options->count; ++i )
      if( !strcmp(options->name[i], name) )
         return options->value[i];
   return NULL;
}

static void read_options_file(Options* options, const char* path, bool required)
{
   char  line[4096];
   FILE* file = fopen(path, "r");

   if( file == NULL )
   {
      if( required )
      {
         fprintf(stderr, "ipopt: cannot open options file %s\n", path);
         exit(1);
      }
      return;
   }
   while( fgets(line, sizeof line, file) )
   {
      char* comment = strchr(line, '#');
      char* name;
      char* value;
      if( comment )
         *comment = '\0';
      name = strtok(line, " \t\r\n");
      value = name ? strtok(NULL, "\r\n") : NULL;
      if( name == NULL )
         continue;
      while( value && (*value == ' ' || *value == '\t') )
         ++value;
      if( value )
         for( char* end = value + strlen(value); end > value && (end[-1] == ' ' || end[-1] == '\t'); )
            *--end = '\0';
      if( value == NULL || *value == '\0' )
      {
         fprintf(stderr, "ipopt: %s: option %s has no value\n", path, name);
         exit(1);
      }
      add_option(options, name, strlen(name), value);
   }
   fclose(file);
}

static void write_options_file(const Options* options, const char* path)
{
   FILE* file = fopen(path, "w");

   if( file == NULL )
   {
      fprintf(stderr, "ipopt: cannot write options to %s\n", path);
      exit(1);
   }
   for( int i = 0; i < options->count; ++i )
   {
      const char* value = options->value[i];
      const char* quote = strpbrk(value, " \t") ? "\"" : "";
      fprintf(file, "%s %s%s%s\n", options->name[i], quote, value, quote);
   }
   fclose(file);
}

/* ------------------------------------------------------------------ outcome */

typedef struct {
   enum ApplicationReturnStatus status;
   int                          code; /* AMPL's solve_result_num */
   const char*                  text;
} Outcome;

static const Outcome outcomes[] = {
   {Solve_Succeeded, 0, "Optimal Solution Found"},
   {Solved_To_Acceptable_Level, 1, "Solved To Acceptable Level."},
   {Feasible_Point_Found, 2, "Found feasible point for square problem."},
   {Infeasible_Problem_Detected, 200,
    "Converged to a locally infeasible point. Problem may be infeasible."},
   {Diverging_Iterates, 300, "Iterates diverging; problem might be unbounded."},
   {Maximum_Iterations_Exceeded, 400, "Maximum Number of Iterations Exceeded."},
   {Maximum_CpuTime_Exceeded, 401, "Maximum CPU Time Exceeded."},
   {Maximum_WallTime_Exceeded, 402, "Maximum Wallclock Time Exceeded."},
   {Search_Direction_Becomes_Too_Small, 500, "Search Direction becomes Too Small."},
   {Restoration_Failed, 501, "Restoration Phase Failed."},
   {Invalid_Number_Detected, 502, "Invalid number in NLP function or derivative detected."},
   {Not_Enough_Degrees_Of_Freedom, 503, "Too few degrees of freedom."},
   {Invalid_Option, 504, "Invalid option."},
   {Insufficient_Memory, 505, "Not enough memory."},
   {Error_In_Step_Computation, 506, "Error in step computation."},
};

static Outcome outcome_of(enum ApplicationReturnStatus status)
{
   Outcome unknown = {status, 550, "Unknown Error"};

   for( size_t i = 0; i < sizeof outcomes / sizeof *outcomes; ++i )
      if( outcomes[i].status == status )
         return outcomes[i];
   return unknown;
}

/* ------------------------------------------------------------------ main */

/* Values of a real-valued suffix, or NULL where the file has none. */
static real* suffix(ASL_pfgh* asl, const char* name, int kind)
{
   SufDesc* found = suf_get(name, kind | ASL_Sufkind_input);
   return found ? found->u.r : NULL;
}

/* Zero stands for "no factor given" in a suffix. */
static real* factors(const real* given, int count)
{
   real* result;

   if( given == NULL )
      return NULL;
   result = allocate((size_t)count, sizeof *result);
   for( int i = 0; i < count; ++i )
      result[i] = given[i] == 0.0 ? 1.0 : given[i];
   return result;
}

static void print_version(void)
{
   int major, minor, release;

   GetIpoptVersion(&major, &minor, &release);
   printf("Ipopt %d.%d.%d (AMPL driver, ASL %ld)\n", major, minor, release, (long)ASLdate_ASL);
}

static SufDecl suffixes[] = {
   {(char*)"scaling_factor", NULL, ASL_Sufkind_var | ASL_Sufkind_real, 0},
   {(char*)"scaling_factor", NULL, ASL_Sufkind_con | ASL_Sufkind_real, 0},
   {(char*)"scaling_factor", NULL, ASL_Sufkind_obj | ASL_Sufkind_real, 0},
   {(char*)"ipopt_zL_in", NULL, ASL_Sufkind_var | ASL_Sufkind_real, 0},
   {(char*)"ipopt_zU_in", NULL, ASL_Sufkind_var | ASL_Sufkind_real, 0},
   {(char*)"ipopt_zL_out", NULL, ASL_Sufkind_var | ASL_Sufkind_real | ASL_Sufkind_outonly, 0},
   {(char*)"ipopt_zU_out", NULL, ASL_Sufkind_var | ASL_Sufkind_real | ASL_Sufkind_outonly, 0},
};

int main(int argc, char** argv)
{
   const char* stub = NULL;
   Options     options = {NULL, NULL, 0};
   char        options_path[4096];
   int         descriptor;

   for( int i = 1; i < argc; ++i )
   {
      const char* equals = strchr(argv[i], '=');
      if( !strcmp(argv[i], "-v") || !strcmp(argv[i], "--version") )
      {
         print_version();
         return 0;
      }
      if( !strcmp(argv[i], "-AMPL") )
         continue;
      if( stub == NULL )
         stub = argv[i];
      else if( equals != NULL && equals != argv[i] )
      {
         const char* value = equals + 1;
         if( strncmp(argv[i], "wantsol=", 8) ) /* the .sol file is always written */
            add_option(&options, argv[i], (size_t)(equals - argv[i]), value);
      }
      else
      {
         fprintf(stderr, "ipopt: %s is not an option of the form name=value\n", argv[i]);
         return 1;
      }
   }
   if( stub == NULL )
   {
      fprintf(stderr, "usage: ipopt model.nl [-AMPL] [option=value ...]\n");
      return 1;
   }
   const char* named = find_option(&options, "option_file_name");
   read_options_file(&options, named ? named : "ipopt.opt", named != NULL);
   add_option(&options, "linear_solver", strlen("linear_solver"), "mumps");

   /* -------- the model */
   ASL_pfgh* asl = (ASL_pfgh*)ASL_alloc(ASL_read_pfgh);
   FILE*     nl = jac0dim((char*)stub, (fint)strlen(stub)); /* ends the program where there is none */

   if( n_cc > 0 || n_obj > 1 )
   {
      fprintf(stderr, "ipopt: %s has %s, which Ipopt does not take\n", stub,
              n_cc > 0 ? "complementarity constraints" : "more than one objective");
      return 1;
   }
   if( nbv > 0 || niv > 0 || nlvbi > 0 || nlvci > 0 || nlvoi > 0 )
      fprintf(stderr, "ipopt: warning: discrete variables are treated as continuous\n");

   X0 = allocate((size_t)n_var, sizeof(real));
   havex0 = allocate((size_t)n_var, 1);
   pi0 = allocate((size_t)n_con, sizeof(real));
   havepi0 = allocate((size_t)n_con, 1);
   want_xpi0 = 1 | 2;
   suf_declare(suffixes, sizeof suffixes / sizeof *suffixes);
   if( pfgh_read(nl, ASL_return_read_err | ASL_findgroups) != ASL_readerr_none )
   {
      fprintf(stderr, "ipopt: %s cannot be read as an .nl file\n", stub);
      return 1;
   }

   const int n = n_var;
   const int m = n_con;
   Model     model = {asl, 1.0, false, false, allocate((size_t)m, sizeof(real))};

   if( n_obj > 0 && objtype[0] != 0 )
      model.sign = -1.0;
   hesset(1, 0, n_obj > 0, 0, nlc);
   const int hessian_nonzeros = (int)sphsetup(-1, 1, 1, 1);

   real* x_low = allocate((size_t)n, sizeof(real));
   real* x_high = allocate((size_t)n, sizeof(real));
   real* g_low = allocate((size_t)m, sizeof(real));
   real* g_high = allocate((size_t)m, sizeof(real));
   real* x = allocate((size_t)n, sizeof(real));
   real* z_low = allocate((size_t)n, sizeof(real));
   real* z_high = allocate((size_t)n, sizeof(real));
   real* lambda = allocate((size_t)m, sizeof(real));
   real* z_low_in = suffix(asl, "ipopt_zL_in", ASL_Sufkind_var);
   real* z_high_in = suffix(asl, "ipopt_zU_in", ASL_Sufkind_var);

   for( int i = 0; i < n; ++i )
   {
      x_low[i] = LUv[2 * i];
      x_high[i] = LUv[2 * i + 1];
      x[i] = havex0[i] ? X0[i] : fmax(x_low[i], fmin(x_high[i], 0.0));
      z_low[i] = z_low_in ? model.sign * z_low_in[i] : 1.0;
      z_high[i] = z_high_in ? -model.sign * z_high_in[i] : 1.0;
   }
   for( int i = 0; i < m; ++i )
   {
      g_low[i] = LUrhs[2 * i];
      g_high[i] = LUrhs[2 * i + 1];
      lambda[i] = havepi0[i] ? -model.sign * pi0[i] : 0.0;
   }

   /* -------- the problem */
   IpoptProblem problem = CreateIpoptProblem(n, x_low, x_high, m, g_low, g_high, nzc, hessian_nonzeros,
                                             0, eval_f, eval_g, eval_grad_f, eval_jac_g, eval_h);
   if( problem == NULL )
   {
      fprintf(stderr, "ipopt: %s: Ipopt refuses the problem\n", stub);
      return 1;
   }
   real* x_factor = factors(suffix(asl, "scaling_factor", ASL_Sufkind_var), n);
   real* g_factor = factors(suffix(asl, "scaling_factor", ASL_Sufkind_con), m);
   real* f_factor = factors(suffix(asl, "scaling_factor", ASL_Sufkind_obj), n_obj);
   if( x_factor || g_factor || f_factor )
      SetIpoptProblemScaling(problem, f_factor ? f_factor[0] : 1.0, x_factor, g_factor);

   const char* scratch = getenv("TMPDIR");
   if( scratch == NULL || *scratch == '\0' )
      scratch = P_tmpdir;
   snprintf(options_path, sizeof options_path, "%s/ipopt-options-XXXXXX", scratch);
   descriptor = mkstemp(options_path);
   if( descriptor < 0 )
   {
      fprintf(stderr, "ipopt: cannot make a temporary file in %s\n", scratch);
      return 1;
   }
   close(descriptor);
   for( int i = 0; i < options.count; ++i )
      if( !strcmp(options.name[i], "option_file_name") )
         options.value[i] = options_path; /* names itself: the user's file is already merged in */
   write_options_file(&options, options_path);
   AddIpoptStrOption(problem, (char*)"option_file_name", options_path);

   /* -------- the solution */
   const Outcome outcome = outcome_of(
      IpoptSolve(problem, x, NULL, NULL, lambda, z_low, z_high, &model));
   char message[256];
   int  major, minor, release;

   unlink(options_path);
   FreeIpoptProblem(problem);
   for( int i = 0; i < n; ++i )
   {
      z_low[i] *= model.sign;
      z_high[i] *= -model.sign;
   }
   for( int i = 0; i < m; ++i )
      lambda[i] *= -model.sign;
   suf_rput("ipopt_zL_out", ASL_Sufkind_var, z_low);
   suf_rput("ipopt_zU_out", ASL_Sufkind_var, z_high);
   GetIpoptVersion(&major, &minor, &release);
   snprintf(message, sizeof message, " \nIpopt %d.%d.%d: %s", major, minor, release, outcome.text);
   solve_result_num = outcome.code;
   write_sol(message, x, lambda, NULL);
   return 0;
}
